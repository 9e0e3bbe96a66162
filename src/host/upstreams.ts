/**
 * Upstreams as the chain sees them: whatever a route forwards to or a policy calls. The chain is given an
 * implementation from outside (sockets in the gateway, scripts in tests).
 */
import type { HeaderList } from "../abi/port.js";
import type { GrpcLimits, GrpcSink, GrpcStream } from "./grpc.js";

/** Why an upstream gave no (complete) response. */
export type UpstreamFailure =
  /** No connection: refused, unresolvable, TLS failure, connect time-out. */
  | "unreachable"
  /** The connection was lost before the response was complete. */
  | "reset"
  /** No response in time. */
  | "timeout"
  /** No upstream of that name. */
  | "unknown-upstream"
  /** A called upstream's body is larger than the caller takes. */
  | "too-large";

/** Receives the response of a forwarded request. Implemented by the chain; never called inside `forward`. */
export interface UpstreamResponseSink {
  /** The head, without pseudo-headers, names in lower case. */
  onHeaders(status: number, headers: HeaderList, endOfStream: boolean): void;
  onData(chunk: Uint8Array, endOfStream: boolean): void;
  /** Trailers end the response. */
  onTrailers(trailers: HeaderList): void;
  onFailure(failure: UpstreamFailure, detail: string): void;
  /** After `sendData` returned false: there is room again. */
  onDrain(): void;
}

/** A request on its way to an upstream. */
export interface UpstreamRequest {
  /** false: full, send no more until the sink's `onDrain`. */
  sendData(chunk: Uint8Array, endOfStream: boolean): boolean;
  /** Trailers end the request. */
  sendTrailers(trailers: HeaderList): void;
  pauseResponse(): void;
  resumeResponse(): void;
  /** Abandons request and response; the sink hears nothing more. Idempotent. */
  reset(): void;
  /** `ip:port` of the peer once connected. */
  readonly address: string | undefined;
}

/** The answer to a policy's call: whole, or why not. */
export type CallOutcome =
  | { ok: true; status: number; headers: HeaderList; body: Uint8Array; trailers: HeaderList }
  | { ok: false; failure: UpstreamFailure; detail: string };

export interface Upstreams {
  /** Whether there is an upstream of that name. */
  has(upstream: string): boolean;
  /**
   * Starts forwarding a request. `headers` begins with the four pseudo-headers.
   */
  forward(upstream: string, headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink): UpstreamRequest;
  /**
   * A whole request and a whole response, for policies. Calls `done` once, later, at most `timeoutMilliseconds` from now.
   * Returns a function that abandons the call: `done` is then not called.
   */
  call(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    done: (outcome: CallOutcome) => void,
  ): () => void;
  /** Opens a gRPC stream to `/service/method`. `metadata` has no pseudo-headers. What goes wrong, the sink hears. */
  grpc(upstream: string, path: string, metadata: HeaderList, limits: GrpcLimits, sink: GrpcSink): GrpcStream;
}
