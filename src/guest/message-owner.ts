/** What a message asks of its exchange. */
import type { EngineHostcalls, Hostcalls } from "../abi/port.js";
import type { Response } from "../policy/response.js";
import type { Direction } from "./direction.js";
import type { PluginConfiguration } from "./plugin-configuration.js";

/** Hostcalls that act on an exchange. */
export type ExchangeCalls = Pick<
  Hostcalls,
  | "getHeaderMapPairs"
  | "getHeaderMapValue"
  | "replaceHeaderMapValue"
  | "addHeaderMapValue"
  | "removeHeaderMapValue"
  | "getBufferBytes"
  | "setBufferBytes"
  | "continueStream"
  | "closeStream"
  | "getProperty"
  | "setProperty"
> &
  Pick<EngineHostcalls, "editHeaderMap">;

export interface MessageOwner {
  /** The hostcalls, acting on this exchange. */
  host(): ExchangeCalls;
  /** Runs `action` now, or in an event of no exchange where now would disturb another exchange's event. */
  act(action: () => void): void;
  /** Runs `action` in a later event of no exchange. */
  later(action: () => void): void;
  /** Lets due promise jobs run, where the engine can. */
  runMicrotasks(): void;
  /** The filter goes on with the next piece of a body: its code has its time anew. */
  beginPiece(): void;
  readonly settings: PluginConfiguration;
  /** The client asked with HEAD, as far as it is known. */
  readonly headRequest?: true;
  /** Why the exchange cannot be changed any more, for an error's message; undefined while it can. */
  readonly over: string | undefined;
  /** The body is over the limit: answer and end the filter. */
  bodyTooLarge(direction: Direction): void;
  /** The message cannot go on as the filter wants it to, and the filter does not hear of it. */
  messageFailed(direction: Direction, error: unknown): void;
  /** The filter begins or ends to wait for bytes of this message. */
  bodyWaitChanged(direction: Direction): void;
  sendResponse(response: Response): void;
}
