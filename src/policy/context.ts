/** What a filter may ask for: its second parameter. Destructure what you need. */
import type { AuthenticationAccess, AuthenticationReader } from "./authentication.js";
import type { ReadonlyHeaders } from "./headers.js";
import type { Metrics } from "./metrics.js";
import type { CancelReason, RequestData } from "./request-data.js";
import type { BodyInit, HeadersInit } from "./response.js";
import type { Violations } from "./violations.js";

/** Writes log lines; each carries policy, route and request id. Values under secret-looking keys are redacted. */
export interface Logger {
  /** What only whoever looks for a defect in the policy wants to know. */
  trace(message: string, fields?: LogFields): void;
  /** Steps of the policy. */
  debug(message: string, fields?: LogFields): void;
  /** What operators want to know; the lowest level that gateways write by default. */
  info(message: string, fields?: LogFields): void;
  /** Something is not as it should be, and the policy goes on. */
  warn(message: string, fields?: LogFields): void;
  /** The policy could not do what it is there for. An error among the fields is shown with its name, message and code. */
  error(message: string, fields?: LogFields): void;
}

/** Structured data of a log line. */
export type LogFields = Readonly<Record<string, unknown>>;

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

/** Calls upstreams over HTTP: whole requests, whole responses. */
export interface HttpClient {
  /**
   * An upstream by its name in the gateway file, or by a URL whose origin is that of an upstream. A URL's path is put in
   * front of the paths that are fetched.
   * @throws SluiceError `UPSTREAM_URL` for text that is neither
   */
  upstream(nameOrUrl: string): Upstream;
}

/** A callable upstream. */
export interface Upstream {
  /**
   * Sends a request and waits for the whole response, whatever its status.
   *
   * @param path path and query, beginning with "/" (default: the upstream URL's own path)
   * @throws UpstreamError `UPSTREAM_TIMEOUT`, `UPSTREAM_UNREACHABLE`, `UPSTREAM_UNKNOWN`, `UPSTREAM_TOO_LARGE`
   * @throws SluiceError `FETCH_OPTIONS`, `FETCH_TIMEOUT`, `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER`, `RESPONSE_BODY` for what cannot
   *   be sent
   * @throws the reason of `signal` when it is aborted
   */
  fetch(path?: string, init?: FetchInit): Promise<UpstreamResponse>;
}

/** A request to an upstream. */
export interface FetchInit {
  /** Any method; default `GET`. */
  method?: string;
  /**
   * Pairs, an object or anything that iterates over pairs. `host` may be given, else it is that of the upstream's URL; other fields of
   * framing and routing (`content-length`, `connection` …) are the host's and left out, so that the headers of a request can be given as
   * they are. Default: none.
   */
  headers?: HeadersInit;
  /** Text is sent as UTF-8. Default: none. */
  body?: BodyInit;
  /** Milliseconds until `UPSTREAM_TIMEOUT`, from 1 to 2,147,483,647; default 10,000. */
  timeout?: number;
  /**
   * Gives the call up when it is aborted: its reason is thrown, at once where it is aborted already, and what the upstream answers then
   * is dropped. Default: none.
   */
  signal?: AbortSignal | null;
}

/** An upstream's whole response. */
export interface UpstreamResponse {
  /** The status, e.g. 200. */
  readonly status: number;
  /** 200 to 299. */
  readonly ok: boolean;
  /** Repeated headers stay apart. */
  readonly headers: ReadonlyHeaders;
  /** The trailers, if the response ended in some. */
  readonly trailers: ReadonlyHeaders | undefined;
  /** The body's bytes; empty where there is none. Do not write into them. */
  bytes(): Uint8Array;
  /** The body as UTF-8 text; bytes that are not UTF-8 become U+FFFD. */
  text(): string;
  /**
   * The body parsed as JSON. The type is the caller's claim: validate what you rely on.
   * @throws SluiceError `BODY_NOT_JSON`
   */
  json<T = unknown>(): T;
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

/** What is there outside an exchange, too: `configure`'s parameter. */
export interface ConfigureContext<Config> {
  /** The policy's configuration, as its schema makes it: checked, defaults filled in. All exchanges share it: do not change it. */
  readonly config: Config;
  /** Calls upstreams. */
  readonly client: HttpClient;
  /** The time, and pauses. */
  readonly clock: PolicyClock;
  /** The log. */
  readonly logger: Logger;
  /** Counters, gauges and histograms for operators. */
  readonly metrics: Metrics;
}

/** What both filters may ask for. */
export interface FilterContext<Config, Resources> extends ConfigureContext<Config> {
  /** What `configure` returned. */
  readonly resources: Resources;
  /** Facts about the exchange and its connections. */
  readonly properties: StreamProperties;
  /** Who the caller is, as an authenticating policy says and the policies behind it read. */
  readonly authentication: AuthenticationAccess;
  /** Reports of what a policy objects to, for the access log and the policies behind it. */
  readonly violations: Violations;
  /** Aborted, with a `CancelReason` as reason, when the filter is ended before it had decided. */
  readonly signal: AbortSignal;
}

/** A request filter's second parameter. */
export type RequestContext<Config, Resources> = FilterContext<Config, Resources>;

/** A response filter's second parameter. */
export interface ResponseContext<Config, Resources, Data> extends FilterContext<Config, Resources> {
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
  /** The request's headers, as they were sent on. */
  readonly requestHeaders: ReadonlyHeaders;
  /** The response's headers; empty when there was no response. */
  readonly responseHeaders: ReadonlyHeaders;
}

/** `onDone`'s second parameter. Nothing can be changed any more. */
export interface DoneContext<Config, Resources>
  extends Omit<FilterContext<Config, Resources>, "signal" | "authentication"> {
  /** Who the caller was. */
  readonly authentication: AuthenticationReader;
}
