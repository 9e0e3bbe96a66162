/** gRPC calls as policies make them. Numbers are gRPC's status codes: 0 is success. */
import type { HeaderList } from "../abi/port.js";

/** gRPC's status codes that a host gives itself. */
export const GrpcStatus = {
  Ok: 0,
  Cancelled: 1,
  Unknown: 2,
  DeadlineExceeded: 4,
  NotFound: 5,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  Unauthenticated: 16,
} as const;

/** gRPC's mapping of HTTP statuses (http-grpc-status-mapping.md). */
export function grpcStatusOfHttp(status: number): number {
  switch (status) {
    case 400:
      return GrpcStatus.Internal;
    case 401:
      return GrpcStatus.Unauthenticated;
    case 403:
      return GrpcStatus.PermissionDenied;
    case 404:
      return GrpcStatus.Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return GrpcStatus.Unavailable;
    default:
      return GrpcStatus.Unknown;
  }
}

/** Receives what the upstream says. Never called inside `Upstreams.grpc` or a method of the stream. */
export interface GrpcSink {
  onInitialMetadata(metadata: HeaderList): void;
  onMessage(message: Uint8Array): void;
  /** The end, whoever brought it about; once, and nothing comes after it. */
  onEnd(status: number, message: string, trailingMetadata: HeaderList): void;
}

export interface GrpcLimits {
  /** Until the end; undefined for none. */
  timeoutMilliseconds: number | undefined;
  /** The largest message that may come; a larger one ends the stream with `ResourceExhausted`. */
  messageBytes: number;
}

/** A call, or a stream, in progress. */
export interface GrpcStream {
  send(message: Uint8Array): void;
  /** Nothing more is sent. Idempotent. */
  end(): void;
  /** Abandons it: the sink hears nothing more. Idempotent. */
  cancel(): void;
}
