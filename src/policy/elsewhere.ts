/**
 * Members that people expect where they are not. Their types are functions whose `this` is a text that no object is, so that a compiler's
 * complaint shows it; plain JavaScript and casts meet an error with the same text.
 */
import { SluiceError } from "../errors.js";

/** What a request is asked for. */
export const requestHints = {
  json: "write (await request.intoBodyState()).json()",
  text: "write (await request.intoBodyState()).text()",
  bytes: "write (await request.intoBodyState()).bytes()",
  arrayBuffer: "write (await request.intoBodyState()).bytes()",
  body: "write (await request.intoBodyState()).text(), json() or bytes()",
  setBody: "write (await request.intoBodyState()).setBody(body)",
  url: "write request.path (path and query), request.pathname, request.search or request.authority",
  query: "write query(request).get(name), where query is imported from sluice/query",
  cookies: "write cookies(request).get(name), where cookies is imported from sluice/cookies",
  status: "a request has none: return new Response(body, { status }) to answer it",
  sendResponse: "return a Response from onRequest",
} as const;

/** What a response is asked for. */
export const responseHints = {
  json: "write (await response.intoBodyState()).json()",
  text: "write (await response.intoBodyState()).text()",
  bytes: "write (await response.intoBodyState()).bytes()",
  arrayBuffer: "write (await response.intoBodyState()).bytes()",
  body: "write (await response.intoBodyState()).text(), json() or bytes()",
  setBody: "write (await response.intoBodyState()).setBody(body)",
} as const;

/** What the states of bodies are asked for. */
export const requestBodyHints = {
  sendResponse: "return a Response from onRequest",
} as const;

export const responseBodyHints = {
  sendResponse: "call response.sendResponse(…) before the response moves on to its body",
} as const;

/** A member that exists elsewhere: `Hint` says where. */
export type Elsewhere<Hint extends string> = (this: Hint, ...rest: unknown[]) => never;

/**
 * Makes every use of these members of classes the error `WRONG_MEMBER` that says what to write. Modules keep a function for each: it has
 * one variable, and all classes share it.
 */
export function areElsewhere(
  name: string,
  hints: Readonly<Record<string, string>>,
  ...classes: readonly { readonly prototype: object }[]
): void {
  for (const member of Object.keys(hints)) {
    const descriptor = {
      get() {
        throw new SluiceError("WRONG_MEMBER", `${name} has no ${member}: ${hints[member] ?? ""}.`);
      },
      configurable: true,
    };
    for (const { prototype } of classes) {
      Object.defineProperty(prototype, member, descriptor);
    }
  }
}
