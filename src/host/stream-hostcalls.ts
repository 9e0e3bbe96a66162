import type { Hostcalls } from "../abi/port.js";

/** The hostcalls that act on a stream. The chain serves them, for one policy on one exchange. */
export type StreamHostcalls = Pick<
  Hostcalls,
  | "getHeaderMapPairs"
  | "getHeaderMapValue"
  | "setHeaderMapPairs"
  | "replaceHeaderMapValue"
  | "addHeaderMapValue"
  | "removeHeaderMapValue"
  | "getBufferBytes"
  | "setBufferBytes"
  | "continueStream"
  | "closeStream"
  | "sendLocalResponse"
  | "getProperty"
  | "setProperty"
>;

/** A policy's stream as its runtime sees it. */
export interface PolicyStream extends StreamHostcalls {
  /** The guest that had it is lost: the exchange fails, or goes on without the policy. To be called in a turn of its own. */
  fail(error: unknown): void;
}
