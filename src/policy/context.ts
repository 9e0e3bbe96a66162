/** What a filter may ask for: its second parameter. Destructure what you need. */
import type {
  configureContextHints,
  contextHints,
  filterContextHints,
  NotHere,
  requestContextHints,
  requestHints,
} from "./elsewhere.js";
import type { ReadonlyHeaders } from "./headers.js";
import type { Logger } from "./logger.js";
import type { CancelReason, RequestData } from "./request-data.js";
import type { RequestLine } from "./request-line.js";
import type { ExchangeContext, InstanceContext } from "./service-port.js";

/** The host's clock; it can be moved in tests. */
export interface PolicyClock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Fulfilled after that many milliseconds, at once for 0 and less. The message of the filter that awaits it is held meanwhile.
   *
   * @throws SluiceError `SLEEP_TIME` for what is no number, and for more than 2,147,483,647 (24 days)
   */
  sleep(milliseconds: number): Promise<void>;
}

/** Facts about the exchange and its connections. All optional ones depend on the engine and the moment. */
export interface StreamProperties {
  /** `ip:port` of the client. */
  readonly clientAddress: string | undefined;
  /** `ip:port` of the upstream, once chosen. */
  readonly upstreamAddress: string | undefined;
  /** The client's TLS connection; undefined for plain text. */
  readonly tls: TlsProperties | undefined;
  /** The request's id, which log lines carry, too. */
  readonly requestId: string | undefined;
  /** The name of the route that was matched. */
  readonly routeName: string | undefined;
  /** Any property by its path, e.g. `["connection", "id"]` (Envoy's attributes), serialised as proxy-wasm does. */
  get(path: readonly string[]): Uint8Array | undefined;
}

/** A TLS connection. */
export interface TlsProperties {
  /** e.g. `TLSv1.3`. */
  readonly version: string;
  /** The name the client asked for (SNI). */
  readonly serverName: string | undefined;
  /** The client presented a certificate that was verified. */
  readonly mutual: boolean;
  /** Subject of the client's certificate. */
  readonly peerSubject: string | undefined;
}

/** What is there outside an exchange, too. */
interface PolicyContext<Config> extends NotHere<typeof contextHints> {
  /** The policy's configuration, as its schema makes it: checked, defaults filled in. All exchanges share it: do not change it. */
  readonly config: Config;
  /** The time, and pauses. */
  readonly clock: PolicyClock;
  /** The log. */
  readonly logger: Logger;
  /**
   * In `configure`: aborted when the use of the policy goes, or that attempt to configure it has failed, so background loops end with it.
   * In a filter: aborted, with a `CancelReason` as reason, when the filter is ended before it had decided.
   */
  readonly signal: AbortSignal;
}

/** `configure`'s parameter. Services take it whole: `rateLimit(context, …)`; destructure it for the rest. */
export interface ConfigureContext<Config>
  extends PolicyContext<Config>,
    InstanceContext,
    NotHere<typeof configureContextHints> {}

/** What both filters may ask for. Services take it whole: `setAuthentication(context, …)`; destructure it for the rest. */
export interface FilterContext<Config, Resources>
  extends PolicyContext<Config>,
    ExchangeContext,
    NotHere<typeof filterContextHints> {
  /** What `configure` returned. */
  readonly resources: Resources;
  /** Facts about the exchange and its connections. */
  readonly properties: StreamProperties;
}

/** A request filter's second parameter. */
export interface RequestContext<Config, Resources>
  extends FilterContext<Config, Resources>,
    NotHere<typeof requestContextHints> {}

/**
 * The request, to read, as it left this policy: with what this policy changed, without what later ones and the gateway did. Where this
 * policy answered it, was ended before it had let it go, or has no request filter: as it came.
 */
export interface SentRequest extends RequestLine, NotHere<typeof requestHints> {
  /** Its headers. */
  readonly headers: ReadonlyHeaders;
}

/** A response filter's second parameter. */
export interface ResponseContext<Config, Resources, Data> extends FilterContext<Config, Resources> {
  /** The request, to read, as it left this policy. It is kept where the policy's code names it: `context.request`, `{ request }`. */
  readonly request: SentRequest;
  /** What this policy's request filter did. */
  readonly requestData: RequestData<Data>;
}

/** The end of an exchange. */
export interface ExchangeSummary {
  /** The response's status, also where the client went away before it got it; 0 when there was no response. */
  readonly status: number;
  /** What this policy did. */
  readonly outcome: "continue" | "break" | "send" | "cancel" | "failed";
  /** Why, for `cancel`. */
  readonly reason: CancelReason | undefined;
  /** Milliseconds. */
  readonly durations: {
    /** From the request's head to the end. */
    readonly total: number;
    /** From the request's head until the request filter ended; undefined where there is none or it never did. */
    readonly requestFilter: number | undefined;
    /** From the response's head until the response filter ended. */
    readonly responseFilter: number | undefined;
  };
  /** The response's headers; empty when there was no response. */
  readonly responseHeaders: ReadonlyHeaders;
}

/** `onDone`'s second parameter. Nothing can be changed any more. */
export interface DoneContext<Config, Resources>
  extends Omit<FilterContext<Config, Resources>, "signal">,
    ExchangeContext {
  /** The request, to read, as it left this policy. It is kept where the policy's code names it: `context.request`, `{ request }`. */
  readonly request: SentRequest;
}
