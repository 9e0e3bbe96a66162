/** A request as a test sends it. */
import type { HeaderList } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { AuthenticationInit } from "../services/authentication/authentication.js";
import { type HeadersInit, headerList } from "./headers.js";
import { type BodyInit, type Content, contentOf, lengthOf } from "./message-body.js";
import type { TestClient } from "./options.js";
import { hasNoBody } from "./sending.js";
import { byHand } from "./test-upstream.js";

/** As for the web's `fetch`, and what a test wants to say besides. */
export interface TestRequestInit {
  /** Default GET. */
  method?: string;
  headers?: HeadersInit;
  /** A list of chunks is sent chunked; `byHand` (of `open` only) is sent by the exchange's `send` and `end`. */
  body?: BodyInit | typeof byHand | null;
  trailers?: HeadersInit;
  /** `:authority`. Default: the URL's host, or `gateway.test`. */
  authority?: string;
  /** Who connects. Default: the gateway's `client`. */
  client?: TestClient;
  /** Who the caller is, as a policy before those of the test would have said by `setAuthentication()`. Default: nobody has. */
  authentication?: AuthenticationInit;
  /** Which worker takes it, from 0. Default: one after the other. */
  worker?: number;
}

/** A request that is ready to be sent. */
export interface ReadyRequest {
  /** Beginning with the four pseudo-headers. */
  headers: HeaderList;
  endOfStream: boolean;
  content: Content | undefined;
  trailers: HeaderList;
  byHand: boolean;
  init: TestRequestInit;
}

const keys: readonly string[] = [
  "method",
  "headers",
  "body",
  "trailers",
  "authority",
  "client",
  "authentication",
  "worker",
] satisfies (keyof TestRequestInit)[];

/** Reads what `fetch` and `open` were given. @throws SluiceError TEST_OPTIONS */
export async function readyRequest(input: string | URL | Request, given: TestRequestInit = {}): Promise<ReadyRequest> {
  const unknown = Object.keys(given).find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw refused(`there is no option "${unknown}"; expected ${keys.join(", ")}`);
  }
  const init = input instanceof Request ? { ...(await partsOf(input)), ...given } : given;
  const url = urlOf(input instanceof Request ? input.url : input);
  const { method = "GET" } = init;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(method)) {
    throw refused(`method: expected a token (RFC 9110 section 9.1), got ${JSON.stringify(method)}`);
  }
  const trailers = headerList(init.trailers);
  const headers: HeaderList = [
    ":method",
    method,
    ":scheme",
    init.client?.tls === undefined ? url.scheme : "https",
    ":authority",
    init.authority ?? url.authority,
    ":path",
    url.path,
    ...headerList(init.headers),
  ];
  if (init.body === byHand) {
    return { headers, endOfStream: false, content: undefined, trailers, byHand: true, init };
  }
  const content = await contentOf(init.body, "body");
  if (content?.contentType !== undefined && !headers.includes("content-type")) {
    headers.push("content-type", content.contentType);
  }
  if (content !== undefined && !content.chunked && trailers.length === 0 && !headers.includes("content-length")) {
    headers.push("content-length", String(lengthOf(content)));
  }
  return { headers, endOfStream: hasNoBody(content, trailers), content, trailers, byHand: false, init };
}

async function partsOf(request: Request): Promise<TestRequestInit> {
  const { method, headers } = request;
  return { method, headers, body: request.body === null ? null : new Uint8Array(await request.arrayBuffer()) };
}

function urlOf(input: string | URL): { scheme: string; authority: string; path: string } {
  const text = String(input);
  if (text.startsWith("/") || text === "*") {
    return { scheme: "http", authority: "gateway.test", path: text };
  }
  if (!URL.canParse(text)) {
    throw refused(`expected a path, such as "/rooms?n=4", or a URL, got ${JSON.stringify(text)}`);
  }
  const { protocol, host, pathname, search } = new URL(text);
  return { scheme: protocol.slice(0, -1), authority: host, path: pathname + search };
}

function refused(problem: string): SluiceError {
  return new SluiceError("TEST_OPTIONS", `request: ${problem}.`);
}
