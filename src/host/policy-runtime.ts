/** One use of a policy as the chain sees it, whatever engine runs it. */
import type { GuestEvents } from "../abi/port.js";
import type { PolicyContexts } from "./contexts.js";

/** The events of a stream: all that the chain calls. One without a handler passes the stream on. */
export type StreamGuest = Pick<GuestEvents, "onContextCreate"> &
  Partial<
    Pick<
      GuestEvents,
      | "onRequestHeaders"
      | "onRequestBody"
      | "onRequestTrailers"
      | "onResponseHeaders"
      | "onResponseBody"
      | "onResponseTrailers"
      | "onLog"
      | "onDone"
      | "onDelete"
    >
  >;

/**
 * One use of a policy. The chain calls `guest` and, around every call, makes the stream the effective context of
 * `contexts`; the runtime hands the guest's hostcalls to whatever is effective then.
 */
export interface PolicyRuntime {
  /** The name of this use, for logs and for `plugin_name`. */
  readonly name: string;
  readonly guest: StreamGuest;
  readonly contexts: PolicyContexts;
  /** An exchange goes on without the policy when its guest throws; else it is answered 500, or broken off. */
  readonly failsOpen: boolean;
}

/** One use of a policy, for whoever started it. */
export interface RunningPolicy extends PolicyRuntime {
  /**
   * Stops ticks and calls and tells the guest that it goes. Exchanges should be over by then. Resolves when the guest is
   * done: at once, unless it asks for time, and then within 5 s. Idempotent.
   */
  close(): Promise<void>;
}
