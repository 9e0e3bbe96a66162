/** Calls to upstreams over HTTP, on proxy-wasm's `http_call`: whole requests, whole responses. */

import { clusterOf } from "../../abi/cluster-name.js";
import { firstValue, removeValues, setValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import {
  checkedAuthority,
  checkedMethod,
  checkedName,
  checkedPath,
  checkedValue,
  isFramingField,
} from "../../policy/header-syntax.js";
import { FixedHeaders, type ReadonlyHeaders } from "../../policy/headers.js";
import { parseJson } from "../../policy/json-body.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { checkedBody, checkedPair, type HeadersInit, headerPairs } from "../../policy/response.js";
import {
  type CallReply,
  httpCall,
  type InstanceContext,
  type InstancePort,
  instancePort,
} from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import type { FetchInit, Upstream, UpstreamResponse } from "./upstream.js";
import { UpstreamError } from "./upstream-error.js";

export type { FetchInit, Upstream, UpstreamResponse } from "./upstream.js";
export { UpstreamError } from "./upstream-error.js";

const defaultTimeout = 10_000;
/** Node has no longer timers. */
const longestTimeout = 2_147_483_647;

/** A call that the host has been asked for. */
interface Call {
  upstream: string;
  target: string;
  timeout: number;
  /** Its reply is a head alone. */
  head: boolean;
  promise: KitPromise<UpstreamResponse>;
  port: InstancePort;
  /** The caller has given it up. */
  givenUp: boolean;
  /** Told when the host has told its end. */
  over?: () => void;
}

/**
 * An upstream by its name in the gateway file, or by a URL whose origin is that of an upstream. A URL's path is put in front of the
 * paths that are fetched.
 *
 * @example const reply = await upstream(context, "auth").fetch("/check", { timeout: 2_000 });
 * @throws SluiceError `UPSTREAM_URL` for text that is neither; `SERVICE_CONTEXT`
 */
export function upstream(context: InstanceContext, nameOrUrl: string): Upstream {
  const port = instancePort(context, "upstream()");
  // A name that a configuration lacks is no upstream "undefined".
  const target = typeof nameOrUrl === "string" ? clusterOf(nameOrUrl) : undefined;
  if (target === undefined) {
    throw new SluiceError(
      "UPSTREAM_URL",
      `upstream(context, ${typeof nameOrUrl === "string" ? JSON.stringify(nameOrUrl) : textOf(nameOrUrl)}): expected a name or an http(s) URL.`,
    );
  }
  const url = target.cluster === nameOrUrl ? port.urlOf(nameOrUrl) : undefined;
  const { authority, scheme } = (url === undefined ? undefined : clusterOf(url)) ?? target;
  return {
    fetch: (path, init) =>
      fetch(port, nameOrUrl, target.cluster, authority, scheme, joinPaths(target.basePath, path), checkedInit(init)),
  };
}

function fetch(
  port: InstancePort,
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
  const given = init.body === undefined ? undefined : checkedBody(init.body, "fetch: body");
  const body = typeof given === "string" ? new TextEncoder().encode(given) : given;
  const call: Call = {
    upstream,
    target: `${method} ${pathOnly(path)}`,
    timeout,
    head: method === "HEAD",
    promise: new KitPromise(),
    port,
    givenUp: false,
  };
  const token = httpCall(port, cluster, headers, body, timeout, (reply) => {
    replied(call, reply);
  });
  if (token <= 0) {
    fail(call, token === -2 ? "unknown-upstream" : "unreachable");
  } else if (signal !== undefined) {
    giveUpOn(signal, call);
  }
  return call.promise;
}

function replied(call: Call, reply: CallReply): void {
  if (call.givenUp) {
    return;
  }
  call.over?.();
  const { headers } = reply;
  if (headers.length === 0) {
    fail(call, reply.failure());
    return;
  }
  const status = Number(firstValue(headers, ":status"));
  removeValues(headers, ":status");
  if (reply.size > call.port.limits.body) {
    fail(call, "too-large");
    return;
  }
  const body = reply.body();
  const own = envoysOwn(status, headers, body) ?? (call.head ? envoysOwnHead(status, headers) : undefined);
  if (own !== undefined) {
    fail(call, own);
    return;
  }
  call.promise.resolve(new CallResponse(status, headers, body, reply.trailers()));
}

/**
 * Upstreams that are unknown, as the log of a use has been told: once, since policies that catch it take it for an outage, call after call.
 * A use is known by the signal of its end.
 */
const toldUnknown = new WeakMap<AbortSignal, string[]>();

function tellUnknown({ closed, logger }: InstancePort, upstream: string): void {
  const told = toldUnknown.get(closed) ?? [];
  toldUnknown.set(closed, told);
  // A name may come from clients.
  if (!told.includes(upstream) && told.length < 100) {
    told.push(upstream);
    logger.warn(
      `UPSTREAM_UNKNOWN: There is no upstream ${upstream}: every call of it fails, until the gateway has one.`,
    );
  }
}

/** Hosts cannot cancel calls: the reply of one that was given up is dropped. */
function giveUpOn(signal: AbortSignal, call: Call): void {
  const onAbort = (): void => {
    call.givenUp = true;
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

function fail(call: Call, word: string): void {
  const { promise, port } = call;
  if (word === "unknown-upstream") {
    tellUnknown(port, call.upstream);
  }
  const error = failure(call, word);
  promise.reject(error);
  if (promise.observed) {
    return;
  }
  // Who asks for it in the same turn awaits it.
  void Promise.resolve().then(() => {
    if (!promise.observed) {
      port.logger.warn(
        `${error.code}: ${error.message} Nobody awaits that call: the filter goes on as if it had not been made.`,
      );
    }
  });
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

  /** As `hideFields` does it, which would keep the class in modules that call nobody. */
  toJSON(): object {
    return {};
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
  for (const pair of headerPairs(headers, "fetch: headers")) {
    const [name, value] = checkedPair(pair, "fetch: headers");
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
  if (typeof path !== "string") {
    return checkedPath(path, "fetch: path");
  }
  return (base.endsWith("/") ? base.slice(0, -1) : base) + (path.startsWith("/") ? path : `/${path}`);
}

function checkedInit(init: FetchInit | null | undefined): FetchInit {
  if (init === undefined || init === null) {
    return {};
  }
  if (typeof init !== "object") {
    throw new SluiceError(
      "FETCH_OPTIONS",
      `fetch: expected an object with method, headers, body, timeout and signal, got ${typeof init}.`,
    );
  }
  return init;
}

function checkedSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === null || signal === undefined) {
    return undefined;
  }
  if (typeof signal !== "object" || typeof signal.addEventListener !== "function") {
    throw new SluiceError("FETCH_OPTIONS", `fetch: signal: expected an AbortSignal, got ${typeof signal}.`);
  }
  return signal;
}

/** Queries may hold secrets. */
function pathOnly(path: string): string {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
}
