/** Calls to upstreams on proxy-wasm's `http_call`: whole requests, whole responses. */

import { clusterOf } from "../abi/cluster-name.js";
import { BufferType, MapType } from "../abi/constants.js";
import { firstValue, removeValues, setValue } from "../abi/header-list.js";
import type { HeaderList, Hostcalls } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { FetchInit, HttpClient, Upstream, UpstreamResponse } from "../policy/context.js";
import {
  checkedAuthority,
  checkedMethod,
  checkedName,
  checkedPath,
  checkedValue,
  isFramingField,
} from "../policy/header-syntax.js";
import { FixedHeaders, type ReadonlyHeaders } from "../policy/headers.js";
import { parseJson } from "../policy/json-body.js";
import { KitPromise } from "../policy/kit-promise.js";
import { hideFields } from "../policy/opaque.js";
import { type HeadersInit, headerPairs } from "../policy/response.js";
import { UpstreamError } from "../policy/upstream-error.js";
import { textOf } from "../thrown.js";

const defaultTimeout = 10_000;
/** Node has no longer timers. */
const longestTimeout = 2_147_483_647;

/** What the client needs of the guest. */
export interface CallHost {
  /** The hostcalls, acting on a context from which calls can be made. */
  host(): Hostcalls;
  /** The URL of the upstream of that name, where the gateway tells. */
  urlOf(name: string): string | undefined;
  /** Bytes of a response that are taken. */
  limit(): number;
  /** A call has failed, and nobody waits for it. */
  onUnheeded(error: UpstreamError): void;
}

interface Call {
  upstream: string;
  target: string;
  timeout: number;
  /** Its reply is a head alone. */
  head: boolean;
  promise: KitPromise<UpstreamResponse>;
  /** Told when the host has told its end. */
  over?: () => void;
}

/** The client of one policy instance. */
export class CallClient implements HttpClient {
  private readonly host: CallHost;
  private readonly calls = new Map<number, Call>();

  constructor(host: CallHost) {
    this.host = host;
  }

  upstream(nameOrUrl: string): Upstream {
    const target = clusterOf(nameOrUrl);
    if (target === undefined) {
      throw new SluiceError(
        "UPSTREAM_URL",
        `client.upstream(${JSON.stringify(nameOrUrl)}): expected a name or an http(s) URL.`,
      );
    }
    const url = target.cluster === nameOrUrl ? this.host.urlOf(nameOrUrl) : undefined;
    const { authority, scheme } = (url === undefined ? undefined : clusterOf(url)) ?? target;
    return {
      fetch: (path, init) =>
        this.fetch(nameOrUrl, target.cluster, authority, scheme, joinPaths(target.basePath, path), init ?? {}),
    };
  }

  /** The host's event: the reply to a call, or its failure (no headers). */
  onResponse(token: number, headerCount: number, bodySize: number): void {
    const call = this.calls.get(token);
    if (call === undefined) {
      return;
    }
    this.calls.delete(token);
    call.over?.();
    const host = this.host.host();
    if (headerCount === 0) {
      this.fail(call, host.getStatus()?.[1] ?? "");
      return;
    }
    const headers = host.getHeaderMapPairs(MapType.HttpCallResponseHeaders);
    const status = Number(firstValue(headers, ":status"));
    removeValues(headers, ":status");
    if (bodySize > this.host.limit()) {
      this.fail(call, "too-large");
      return;
    }
    const body =
      (bodySize === 0 ? undefined : host.getBufferBytes(BufferType.HttpCallResponseBody, 0, bodySize)) ??
      new Uint8Array(0);
    const own = envoysOwn(status, headers, body) ?? (call.head ? envoysOwnHead(status, headers) : undefined);
    if (own !== undefined) {
      this.fail(call, own);
      return;
    }
    const trailers = host.getHeaderMapPairs(MapType.HttpCallResponseTrailers);
    call.promise.resolve(new CallResponse(status, headers, body, trailers));
  }

  private fetch(
    upstream: string,
    cluster: string,
    authority: string,
    scheme: string,
    path: string,
    init: FetchInit,
  ): Promise<UpstreamResponse> {
    const method = init.method ?? "GET";
    const signal = checkedSignal(init.signal);
    const timeout = checkedTimeout(init.timeout ?? defaultTimeout);
    const headers: HeaderList = [
      ":method",
      checkedMethod(method, "fetch: method"),
      ":path",
      checkedPath(path, "fetch: path"),
      ":authority",
      authority,
      ":scheme",
      scheme,
    ];
    addHeaders(headers, init.headers ?? []);
    if (signal?.aborted === true) {
      return KitPromise.rejected(signal.reason);
    }
    const body = typeof init.body === "string" ? new TextEncoder().encode(init.body) : init.body;
    const target = `${method} ${pathOnly(path)}`;
    const call: Call = { upstream, target, timeout, head: method === "HEAD", promise: new KitPromise() };
    const token = this.host.host().httpCall(cluster, headers, body, [], timeout);
    if (token <= 0) {
      this.fail(call, token === -2 ? "unknown-upstream" : "unreachable");
    } else {
      this.calls.set(token, call);
      if (signal !== undefined) {
        this.giveUpOn(signal, token, call);
      }
    }
    return call.promise;
  }

  /** Hosts cannot cancel calls: the reply of one that was given up is dropped. */
  private giveUpOn(signal: AbortSignal, token: number, call: Call): void {
    const onAbort = (): void => {
      this.calls.delete(token);
      // Whoever aborts goes on first, as on the web, and a filter that is ended by it is not told.
      void Promise.resolve().then(() => {
        call.promise.reject(signal.reason);
      });
    };
    signal.addEventListener("abort", onAbort, { once: true });
    call.over = () => {
      signal.removeEventListener("abort", onAbort);
    };
  }

  private fail(call: Call, word: string): void {
    const { promise } = call;
    const error = failure(call, word);
    promise.reject(error);
    if (promise.observed) {
      return;
    }
    // Who asks for it in the same turn awaits it.
    void Promise.resolve().then(() => {
      if (!promise.observed) {
        this.host.onUnheeded(error);
      }
    });
  }
}

class CallResponse implements UpstreamResponse {
  readonly status: number;
  readonly headers: ReadonlyHeaders;
  readonly trailers: ReadonlyHeaders | undefined;
  private readonly body: Uint8Array;
  private readonly list: HeaderList;

  constructor(status: number, headers: HeaderList, body: Uint8Array, trailers: HeaderList) {
    this.status = status;
    this.headers = new FixedHeaders(headers);
    this.trailers = trailers.length === 0 ? undefined : new FixedHeaders(trailers);
    this.body = body;
    this.list = headers;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  bytes(): Uint8Array {
    return this.body;
  }

  text(): string {
    return new TextDecoder().decode(this.body);
  }

  json<T = unknown>(): T {
    return parseJson(this.body, "reply", () => this.list) as T;
  }
}

function failure(call: Call, word: string): UpstreamError {
  const what = `${call.upstream} (${call.target})`;
  switch (word) {
    case "timeout":
      return new UpstreamError(
        "UPSTREAM_TIMEOUT",
        call.upstream,
        `Upstream ${what} did not answer within ${call.timeout} ms.`,
      );
    case "unknown-upstream":
      return new UpstreamError("UPSTREAM_UNKNOWN", call.upstream, `There is no upstream ${call.upstream}.`);
    case "too-large":
      return new UpstreamError(
        "UPSTREAM_TOO_LARGE",
        call.upstream,
        `The response of upstream ${what} is larger than the limit.`,
      );
    default:
      return new UpstreamError("UPSTREAM_UNREACHABLE", call.upstream, `Upstream ${what} is unreachable or broke off.`);
  }
}

function addHeaders(list: HeaderList, headers: HeadersInit): void {
  for (const [name, value] of headerPairs(headers)) {
    const checked = checkedName(name, "fetch: headers");
    if (checked === "host") {
      setValue(list, ":authority", checkedAuthority(value, "fetch: headers: host"));
    } else if (!isFramingField(checked) || (checked === "te" && value === "trailers")) {
      // What gRPC asks for; it says nothing of the connection.
      list.push(checked, checkedValue(value, checked, "fetch: headers"));
    }
  }
}

function checkedTimeout(timeout: number): number {
  if (typeof timeout === "number" && timeout >= 1 && timeout <= longestTimeout) {
    return Math.ceil(timeout);
  }
  throw new SluiceError(
    "FETCH_TIMEOUT",
    `fetch: timeout: expected milliseconds from 1 to ${longestTimeout}, got ${textOf(timeout)}.`,
  );
}

/**
 * How a call failed that Envoy answered in the upstream's place, over gRPC by headers alone. That a 504 is a time-out the time does not
 * prove: on a busy machine Envoy's timers run far ahead of its clock.
 */
function envoysOwn(status: number, headers: HeaderList, body: Uint8Array): "timeout" | "unreachable" | undefined {
  let text: string | undefined;
  if (status === 503 || status === 504) {
    text = body.length > 512 ? undefined : new TextDecoder().decode(body);
  } else if (status === 200 && body.length === 0) {
    text = firstValue(headers, "grpc-message");
  }
  if (text === undefined) {
    return undefined;
  }
  if (status !== 503 && text === "upstream request timeout") {
    return "timeout";
  }
  const broken =
    text === "no healthy upstream" || text.startsWith("upstream connect error or disconnect/reset before headers");
  return status !== 504 && broken ? "unreachable" : undefined;
}

/** The same for a call by HEAD: of Envoy's answer there are only the length and type of its text, while what upstreams send has more. */
function envoysOwnHead(status: number, headers: HeaderList): "timeout" | "unreachable" | undefined {
  const alone =
    headers.length === 4 &&
    firstValue(headers, "content-length") !== undefined &&
    firstValue(headers, "content-type") === "text/plain";
  if (!alone || (status !== 503 && status !== 504)) {
    return undefined;
  }
  return status === 504 ? "timeout" : "unreachable";
}

function joinPaths(base: string, path: string | undefined): string {
  if (path === undefined) {
    return base === "" ? "/" : base;
  }
  return (base.endsWith("/") ? base.slice(0, -1) : base) + (path.startsWith("/") ? path : `/${path}`);
}

function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === null || signal === undefined) {
    return undefined;
  }
  if (typeof signal !== "object" || typeof signal.addEventListener !== "function") {
    throw new TypeError("fetch: signal: expected an AbortSignal.");
  }
  return signal;
}

/** Queries may hold secrets. */
function pathOnly(path: string): string {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}

hideFields(CallClient, CallResponse);
