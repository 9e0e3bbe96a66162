/** The client's side of an exchange as the chain sees it. Implemented by the gateway's listener and by tests. */
import type { HeaderList } from "../abi/port.js";

export interface Downstream {
  /** Sends the response head (no pseudo-headers). The implementation adds nothing to it but what its protocol needs. */
  sendHeaders(status: number, headers: HeaderList, endOfStream: boolean): void;
  /** false: full, send no more until `Exchange.onDownstreamDrain`. */
  sendData(chunk: Uint8Array, endOfStream: boolean): boolean;
  /** Trailers end the response. */
  sendTrailers(trailers: HeaderList): void;
  /** Sends `100 Continue` if the client waits for it: somebody wants the request's body. Idempotent. */
  sendContinue(): void;
  pauseRequest(): void;
  resumeRequest(): void;
  /** Breaks the exchange off: the head is out already and the response cannot be completed. Idempotent. */
  reset(): void;
}
