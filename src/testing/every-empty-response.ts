/** A response in all the ways in which it may have no content. */

import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";
import type { ReplyParts } from "./upstream-reply.js";

/** A response without content, and the method of the request that is answered with it. */
export interface EmptyResponse {
  readonly method: "GET" | "HEAD";
  /** To be given to the upstream. */
  readonly reply: ReplyParts & { readonly status: number };
}

const html = { "content-type": "text/html; charset=utf-8" };

const responses: readonly (EmptyResponse & { name: string })[] = [
  {
    name: "an answer to HEAD",
    method: "HEAD",
    reply: { status: 200, headers: { ...html, "content-length": "1024", etag: '"1"' } },
  },
  { name: "a 204", method: "GET", reply: { status: 204 } },
  { name: "a 205", method: "GET", reply: { status: 205, headers: { "content-length": "0" } } },
  { name: "a 304", method: "GET", reply: { status: 304, headers: { etag: '"1"' } } },
  { name: "an empty 200", method: "GET", reply: { status: 200, headers: { ...html, "content-length": "0" } } },
  { name: "an empty 200 in chunks", method: "GET", reply: { status: 200, headers: html, body: [""] } },
];

/**
 * Runs a test of a policy's response filter once for every kind of response without content: to HEAD, with status 204, 205 and 304, and
 * a 200 that is empty, with a `content-length` and in chunks. Caches and health checks live on these.
 *
 * @param run gets the method to ask with, and the reply for the upstream
 * @throws SluiceError TEST_FAILED_WITH, which says what the response was and has the test's own error as its cause
 */
export async function everyEmptyResponse(run: (response: EmptyResponse) => unknown): Promise<void> {
  for (const { name, method, reply } of responses) {
    try {
      await run({ method, reply });
    } catch (error) {
      throw new SluiceError("TEST_FAILED_WITH", `With ${name}: ${messageOf(error)}`, { cause: error });
    }
  }
}
