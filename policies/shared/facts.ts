/** What templates may tell of an exchange. */
import { type RequestState, type ResponseState, type StreamProperties, utf8ToByteString } from "sluice";
import { withoutPort } from "./client-address.js";

/** The request as a policy saw it, and can still see it in the response. */
export interface RequestFacts {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  /** Empty where there is none. */
  header(name: string): string;
}

/** An exchange at the moment that a template is filled in. */
export interface Facts {
  readonly properties: StreamProperties;
  readonly request?: RequestFacts | undefined;
  readonly response?: Pick<ResponseState, "status" | "headers"> | undefined;
}

type Reader = (facts: Facts) => string;

/** The facts by name; where an exchange has none, it is the empty text. */
export const factReaders: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["request.method", ({ request }) => request?.method ?? ""],
  ["request.scheme", ({ request }) => request?.scheme ?? ""],
  ["request.authority", ({ request }) => request?.authority ?? ""],
  ["request.host", ({ request }) => (request?.authority ?? "").replace(/:\d*$/, "")],
  ["request.path", ({ request }) => request?.path ?? ""],
  ["request.pathname", ({ request }) => (request?.path ?? "").replace(/\?.*$/s, "")],
  ["request.search", ({ request }) => /\?.+$/s.exec(request?.path ?? "")?.[0] ?? ""],
  ["request.id", ({ properties }) => told(properties.requestId)],
  ["client.address", ({ properties }) => told(withoutPort(properties.clientAddress ?? ""))],
  ["route.name", ({ properties }) => told(properties.routeName)],
  ["response.status", ({ response }) => (response === undefined ? "" : String(response.status))],
]);

/** The same for `request.header.<name>` and `response.header.<name>`. */
export function headerReader(message: "request" | "response", name: string): Reader {
  return message === "request"
    ? ({ request }) => request?.header(name) ?? ""
    : ({ response }) => response?.headers.get(name) ?? "";
}

/** The request itself, while its filter runs. */
export function factsOf(request: RequestState): RequestFacts {
  const { method, scheme, authority, path, headers } = request;
  return { method, scheme, authority, path, header: (name) => headers.get(name) ?? "" };
}

/** A copy of what the response filter will want to know; headers by these names only. */
export function keptFacts(request: RequestState, headerNames: readonly string[]): RequestFacts {
  const { method, scheme, authority, path, headers } = request;
  const kept = new Map(headerNames.map((name) => [name, headers.get(name) ?? ""]));
  return { method, scheme, authority, path, header: (name) => kept.get(name) ?? "" };
}

/** Names are the operator's, and some hosts take any text as a request's id: nothing of it may end a line of a head. */
function told(text: string | undefined): string {
  return utf8ToByteString(text ?? "").replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
}
