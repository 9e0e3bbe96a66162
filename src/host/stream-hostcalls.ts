import type { Hostcalls } from "../abi/port.js";

/** The hostcalls that act on a stream. The chain serves them, for one policy on one exchange. */
export type StreamHostcalls = Pick<
  Hostcalls,
  | "getHeaderMapPairs" | "getHeaderMapValue" | "setHeaderMapPairs" | "replaceHeaderMapValue" | "addHeaderMapValue"
  | "removeHeaderMapValue" | "getBufferBytes" | "setBufferBytes" | "continueStream" | "closeStream" | "sendLocalResponse"
  | "getProperty" | "setProperty"
>;
