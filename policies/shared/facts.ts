/** What templates may tell of an exchange. */
import { type ResponseState, type SentRequest, type StreamProperties, utf8ToByteString } from "sluice";
import { withoutPort } from "./client-address.js";

/** A request, or what is kept of one. */
export interface RequestFacts extends Pick<SentRequest, "method" | "scheme" | "authority" | "path"> {
  readonly headers: { get(name: string): string | null | undefined };
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
    ? ({ request }) => request?.headers.get(name) ?? ""
    : ({ response }) => response?.headers.get(name) ?? "";
}

/** Names are the operator's, and some hosts take any text as a request's id: nothing of it may end a line of a head. */
function told(text: string | undefined): string {
  return utf8ToByteString(text ?? "").replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
}
