/** The heads of replies, the same on sockets and without. */
import type { WholeReply } from "./case-file.js";
import { contentLength, contentOf } from "./payload.js";

/** A response to such a request carries no body, whatever its head says. */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** Those of the case, and the content-length that the reply has where they do not say it. */
export function replyHeaders(method: string, reply: WholeReply): [name: string, value: string][] {
  const content = contentOf(reply);
  const headers = (reply.headers ?? []).map(([name, value]): [string, string] => [name, value]);
  const named = headers.some(([name]) => name.toLowerCase() === "content-length");
  const lengthless = content === undefined ? isBodyless(method, reply.status) : content.chunked;
  return named || lengthless
    ? headers
    : [...headers, ["content-length", String(content === undefined ? 0 : contentLength(content))]];
}
