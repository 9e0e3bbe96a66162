/** The interfaces between the gateway (or a test) and the chain. */
import type { HeaderList } from "../abi/port.js";
import type { Violation } from "../abi/violation.js";

/** Facts of a connection and a route, for a policy's stream properties. */
export interface ExchangeFacts {
  requestId: string;
  routeName: string;
  protocol: "HTTP/1.1" | "HTTP/2" | "HTTP/1.0";
  /** `ip:port`. */
  clientAddress: string;
  /** `ip:port` the client connected to. */
  localAddress: string;
  tls?: TlsFacts;
}

/** What is known of a client's TLS connection. */
export interface TlsFacts {
  version: string;
  serverName?: string;
  /** The client presented a certificate that was verified. */
  mutual: boolean;
  peerSubject?: string;
}

/** Limits of one route. */
export interface ExchangeLimits {
  /** Bytes of a gathered body, and of what is kept back for a policy. Default 1,048,576, inclusive. */
  bodyBytes: number;
  /** Milliseconds from the complete request to the upstream's response head. Default 15,000. */
  upstreamResponseMilliseconds: number;
  /** Milliseconds without a byte in either direction, the wait for the response's head apart. Default 300,000. */
  streamIdleMilliseconds: number;
  /** Milliseconds that an event's code of a compiled policy may run. Default 100. */
  callbackMilliseconds: number;
  /** Bytes of a compiled policy's heap. Default 67,108,864. */
  memoryBytes: number;
}

export const defaultLimits: ExchangeLimits = {
  bodyBytes: 1_048_576,
  upstreamResponseMilliseconds: 15_000,
  streamIdleMilliseconds: 300_000,
  callbackMilliseconds: 100,
  memoryBytes: 67_108_864,
};

/** A request head as it enters a chain: a flat list that begins with `:method`, `:scheme`, `:authority`, `:path`. */
export interface RequestHead {
  headers: HeaderList;
  /** The message has no body and no trailers. */
  endOfStream: boolean;
}

/** What is known when an exchange is over. */
export interface ExchangeEnd {
  /** The status sent, 0 when the client got no head. */
  status: number;
  /** `via_upstream`, `local_reply:<policy>`, `upstream_timeout`, `client_gone` … (Envoy's `response.code_details`). */
  details: string;
  requestBytes: number;
  responseBytes: number;
  durationMilliseconds: number;
  /** A beginning of the request had reached the upstream when it was broken off by a policy: the policy's name. */
  partialRequestBy?: string;
  /** The policy that held a message for too long: its name. */
  heldBy?: string;
  /** The violation that a policy reported last. */
  violation?: Violation;
  /** Where `OpenExchange.wantsDetail` asked for it. */
  detail?: ExchangeDetail;
}

/** What a policy made of an exchange, as its host sees it. */
export interface PolicyDecision {
  /** Its name in the route. */
  policy: string;
  /**
   * `continue`: let everything pass. `break`: answered the request. `send`: answered in place of the response. `close`: broke
   * the exchange off. `failed`: threw, trapped or took too long. `cancel`: still held a message when that was of no use any more.
   */
  decision: "continue" | "break" | "send" | "close" | "failed" | "cancel";
}

/** What passed by in an exchange. */
export interface ExchangeDetail {
  /** Those that the request has reached, in its order. */
  policies: readonly PolicyDecision[];
  /** The name of the upstream that the route forwards to. */
  upstream: string;
  /** As the client sent them, pseudo-headers included. */
  requestHeaders: HeaderList;
  /** As the upstream got them; undefined when it got none. */
  forwardedHeaders: HeaderList | undefined;
  /** As the client got them, `:status` included; undefined when it got none. */
  responseHeaders: HeaderList | undefined;
}

/** An exchange in progress: what the listener tells the chain. */
export interface Exchange {
  /** A chunk of the request's body; the listener stops when `Downstream.pauseRequest` was called. */
  onRequestData(chunk: Uint8Array, endOfStream: boolean): void;
  onRequestTrailers(trailers: HeaderList): void;
  onDownstreamDrain(): void;
  /** The client is gone: the connection is closed or broken. */
  onDownstreamReset(): void;
  /** Gives up on the exchange with this status, or a reset when a head is out (listener's time-outs: 408). */
  abort(status: number, details: string): void;
}
