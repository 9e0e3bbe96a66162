/** What a policy's contexts give to services, and to nobody else. */
import type { EngineServices, Hostcalls } from "../abi/port.js";
import type { Logger } from "./logger.js";

/** Where a context has its port. Code that has not imported it cannot find it, and a copy of a context does not have it. */
export const servicePort: unique symbol = Symbol("service port");

/** Hostcalls of proxy-wasm that a service may make for a use of a policy. */
export type InstanceHostcalls = Pick<
  Hostcalls,
  "callForeignFunction" | "defineMetric" | "getMetric" | "incrementMetric" | "recordMetric" | "setProperty"
>;

/** Hostcalls of proxy-wasm that act on an exchange. */
export type ExchangeHostcalls = Pick<Hostcalls, "getProperty" | "setProperty">;

/** The reply to an HTTP call (`httpCall`), for as long as the callback runs that is given it. */
export interface CallReply {
  /** Name, value, name, value … as proxy-wasm gives them, `:status` among them; empty: the call failed. */
  readonly headers: string[];
  /** Bytes of the body. */
  readonly size: number;
  /** The whole body. */
  body(): Uint8Array;
  /** Like `headers`. */
  trailers(): string[];
  /** The host's word for why the call failed; empty where it says nothing. */
  failure(): string;
}

/** What a service may do for one use of a policy. */
export interface InstancePort {
  /** The name of the use, as the gateway file or Envoy's configuration gives it. */
  readonly policy: string;
  /** The limits of the route, or of the plugin. */
  readonly limits: {
    /** Bytes of a body that is gathered. */
    readonly body: number;
  };
  /** The log. Inside an exchange its lines carry route and request id. */
  readonly logger: Logger;
  /** Hostcalls that act on no exchange. */
  readonly host: InstanceHostcalls;
  /** Milliseconds since the epoch, by the host's clock. */
  now(): number;
  /**
   * Runs `run` after that many milliseconds, in an event of no exchange.
   * @returns how to call it off
   */
  schedule(milliseconds: number, run: () => void): () => void;
  /**
   * Runs code as the use's own, whosever event it is: it is not part of an exchange, and what it awaits goes on when that is over.
   * @returns what it returns
   */
  run<T>(code: () => T): T;
  /** Aborted when the use of the policy goes; in `configure` also when that attempt to configure it has failed. */
  readonly closed: AbortSignal;
  /** The URL of the upstream of that name, where the gateway tells. */
  urlOf(upstream: string): string | undefined;
}

/** What a service may do for one exchange. */
export interface ExchangePort extends InstancePort {
  /** Hostcalls that act on the exchange; undefined when it is over: they would act on another one. */
  exchange(): ExchangeHostcalls | undefined;
  /** Aborted, with a `CancelReason` as reason, when the filter is ended before it had decided. */
  readonly signal: AbortSignal;
}

// Declared as classes with accessors, though none is there at run time: so types of copies (`{ ...context }`) lack what copies lack.

/** Knows its use of a policy: the context of `configure`, of the filters and of `onDone`. Services take it. */
export declare abstract class InstanceContext {
  /** @internal */
  get [servicePort](): InstancePort;
}

/** Knows its exchange, too: the context of the filters and of `onDone`. */
export declare abstract class ExchangeContext extends InstanceContext {
  /** @internal */
  override get [servicePort](): ExchangePort;
}

/** The HTTP calls of one use of a policy that the host has not replied to. */
export interface OpenCalls {
  /** See `httpCall`. */
  start(
    cluster: string,
    headers: string[],
    body: Uint8Array | undefined,
    timeout: number,
    onReply: (reply: CallReply) => void,
  ): number;
  /** The host's event. No headers: the call failed. */
  onResponse(token: number, headerCount: number, size: number): void;
}

/** The use of a policy that a port is for. */
export interface PortInstance {
  readonly id: number;
  readonly access: {
    readonly calls: Hostcalls;
    readonly services: EngineServices;
    now(): number;
    as(contextId: number): Hostcalls;
    ifKnown(contextId: number): Hostcalls | undefined;
  };
  readonly settings: {
    readonly name: string;
    readonly route: string;
    readonly bodyLimit: number;
    readonly upstreams: ReadonlyMap<string, string>;
  };
  readonly timers: { schedule(milliseconds: number, run: () => void): () => void };
  readonly logger: Logger;
  /** Once one was made. */
  calls: OpenCalls | undefined;
  /** Aborted when it goes. */
  readonly signal: AbortSignal;
  /** See `InstancePort`. */
  run<T>(code: () => T): T;
}

/** The exchange that a port is for. */
export interface PortExchange {
  readonly id: number;
  readonly instance: PortInstance;
  readonly logger: Logger;
  /** Aborted when the filter is ended. */
  readonly signal: AbortSignal;
}

/** Makes the ports of contexts. `sluice/service` puts the functions here, so that the guest need not have them. */
export const ports: {
  ofInstance?: (instance: PortInstance, closed: AbortSignal) => InstancePort;
  ofExchange?: (exchange: PortExchange) => ExchangePort;
} = {};
