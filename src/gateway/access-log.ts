/** What is written of every exchange when it is over. */
import type { Violation } from "../abi/violation.js";
import type { ExchangeDetail } from "../host/exchange.js";

export interface AccessEntry {
  requestId: string;
  /** Empty where the request could not be read. */
  method: string;
  /** Normalised, without query: queries have secrets. */
  path: string;
  /** The route's name; undefined where none matched. */
  route: string | undefined;
  /** 0 when the client got no head. */
  status: number;
  /** How it came to that, e.g. `via_upstream`, `local_reply:<policy>`, `local_reply:<policy>:policy_failed`, `route_not_found`, `client_gone`. */
  details: string;
  durationMilliseconds: number;
  /** Bytes of the bodies. */
  requestBytes: number;
  responseBytes: number;
  /** `ip:port`. */
  clientAddress: string;
  /** A policy broke the request off when its beginning had reached the upstream already. */
  partialRequestBy?: string;
  /** A policy held the request or the response for too long: its name. */
  heldBy?: string;
  /** The violation that a policy reported last. */
  violation?: Violation;
  /** Where `accessLogDetail` asks for it, and a route matched. */
  detail?: ExchangeDetail;
}

export type AccessLog = (entry: AccessEntry) => void;
