/** An upstream as policies call it: whole requests, whole responses. */
import type { ReadonlyHeaders } from "../../policy/headers.js";
import type { BodyInit, HeadersInit } from "../../policy/response.js";

/** A callable upstream. */
export interface Upstream {
  /**
   * Sends a request and waits for the whole response, whatever its status.
   *
   * @param path path and query, beginning with "/" (default: the upstream URL's own path)
   * @throws UpstreamError `UPSTREAM_TIMEOUT`, `UPSTREAM_UNREACHABLE`, `UPSTREAM_UNKNOWN`, `UPSTREAM_TOO_LARGE`
   * @throws SluiceError `FETCH_TIMEOUT`, `HEADER_NAME`, `HEADER_VALUE`, `PSEUDO_HEADER` for what cannot be sent
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
