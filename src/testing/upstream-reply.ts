/** What an upstream of a test answers. */
import type { HeaderList } from "../abi/port.js";
import { parseDuration } from "../config/units.js";
import { SluiceError } from "../errors.js";
import { type HeadersInit, headerList } from "./headers.js";
import { type BodyInit, type Content, contentOf, lengthOf } from "./message-body.js";

/** A length of time: milliseconds, or text such as `"250ms"`, `"5s"`, `"1m"`. */
export type Duration = number | string;

/** A response in parts. */
export interface ReplyParts {
  /** Default 200. */
  status?: number;
  headers?: HeadersInit;
  /** Default: none. */
  body?: BodyInit;
  trailers?: HeadersInit;
  /** How long the upstream takes, on the test's clock. Default: no time. */
  delay?: Duration;
}

/** No response, or none that is complete. */
export interface FailedReply {
  /**
   * `never`: takes the request and never answers. `reset`: takes it and closes the connection. `refused`: does not take it.
   * `malformed`: answers what is no HTTP.
   */
  fail: "never" | "reset" | "refused" | "malformed";
  /** What comes before that: a head and the beginning of a body. */
  after?: Omit<ReplyParts, "trailers" | "delay">;
  delay?: Duration;
}

/** What an upstream answers: the web's `Response`, its parts, or how it fails. */
export type UpstreamReply = Response | ReplyParts | FailedReply;

/** A reply that is ready to be sent. */
export interface ReadyReply {
  delayMilliseconds: number;
  response: { status: number; headers: HeaderList; content: Content | undefined; trailers: HeaderList } | undefined;
  /** How it ends; undefined: well. */
  failure: FailedReply["fail"] | undefined;
}

/** Reads a reply. @throws SluiceError TEST_OPTIONS */
export async function readyReply(reply: UpstreamReply, what: string): Promise<ReadyReply> {
  if (reply instanceof Response) {
    const { status } = reply;
    const bytes = reply.body === null ? undefined : new Uint8Array(await reply.clone().arrayBuffer());
    const content = await contentOf(bytes, what);
    return {
      delayMilliseconds: 0,
      response: { status, headers: headerList(reply.headers), content, trailers: [] },
      failure: undefined,
    };
  }
  if (typeof reply !== "object" || reply === null || !isReply(reply)) {
    throw new SluiceError(
      "TEST_OPTIONS",
      `${what}: expected a Response of the web, { status, headers, body, trailers, delay } or { fail, after, delay }.`,
    );
  }
  const delayMilliseconds = reply.delay === undefined ? 0 : durationOf(reply.delay, `${what}.delay`);
  if (!("fail" in reply)) {
    return { delayMilliseconds, response: await partsOf(reply, what), failure: undefined };
  }
  const response = reply.after === undefined ? undefined : await partsOf(reply.after, `${what}.after`);
  return { delayMilliseconds, response, failure: reply.fail };
}

/** Milliseconds. @throws SluiceError TEST_OPTIONS */
export function durationOf(duration: Duration, what: string): number {
  const milliseconds = duration === 0 ? 0 : parseDuration(duration);
  if (milliseconds === undefined) {
    throw new SluiceError(
      "TEST_OPTIONS",
      `${what}: expected milliseconds or text such as "250ms", "5s", "1m", got ${JSON.stringify(duration)}.`,
    );
  }
  return milliseconds;
}

const replyKeys = ["status", "headers", "body", "trailers", "delay", "fail", "after"];
const failures = ["never", "reset", "refused", "malformed"];

function isReply(reply: object): boolean {
  return (
    Object.keys(reply).every((key) => replyKeys.includes(key)) &&
    (!("fail" in reply) || failures.includes(reply.fail as string))
  );
}

async function partsOf(parts: ReplyParts, what: string): Promise<NonNullable<ReadyReply["response"]>> {
  const { status = 200 } = parts;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new SluiceError("TEST_OPTIONS", `${what}.status: expected 200 to 599, got ${String(status)}.`);
  }
  const content = await contentOf(parts.body, `${what}.body`);
  const headers = headerList(parts.headers);
  if (content?.contentType !== undefined && !headers.includes("content-type")) {
    headers.push("content-type", content.contentType);
  }
  return { status, headers, content, trailers: headerList(parts.trailers) };
}

/** A response to such a request carries no body, whatever its head says (RFC 9110 section 6.4.1). */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** The head as it would stand on a connection: whole bodies have a length. */
export function framedHeaders(headers: HeaderList, content: Content | undefined, bodyless: boolean): HeaderList {
  if (headers.includes("content-length") || content?.chunked === true || (bodyless && content === undefined)) {
    return headers;
  }
  return [...headers, "content-length", String(content === undefined ? 0 : lengthOf(content))];
}
