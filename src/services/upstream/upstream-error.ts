/** Why a call to an upstream gave no response. */
import { SluiceError } from "../../errors.js";

/** The codes of an `UpstreamError`. */
export type UpstreamErrorCode = "UPSTREAM_TIMEOUT" | "UPSTREAM_UNREACHABLE" | "UPSTREAM_UNKNOWN" | "UPSTREAM_TOO_LARGE";

/** A call to an upstream gave no response. A response with an error status is not an `UpstreamError`. */
export class UpstreamError extends SluiceError {
  /** Why there is none. */
  declare readonly code: UpstreamErrorCode;
  /** The upstream that was called. */
  readonly upstream: string;

  constructor(code: UpstreamErrorCode, upstream: string, message: string) {
    super(code, message);
    this.name = "UpstreamError";
    this.upstream = upstream;
  }
}
