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

/** Members of a class, and what the kit has in their place. */
interface MovedMembers {
  readonly name: string;
  readonly prototype: object;
  readonly hints: Readonly<Record<string, string>>;
}

const moved: MovedMembers[] = [];

/** Makes every use of these members of a class the error `WRONG_MEMBER` that says what to write, as soon as {@link sayWhere} is called. */
export function areElsewhere(
  name: string,
  { prototype }: { readonly prototype: object },
  hints: Readonly<Record<string, string>>,
): void {
  moved.push({ name, prototype, hints });
}

/**
 * Makes the members that a policy names; most policies name none, and functions for all would take 7 KB of each module.
 *
 * @param named undefined: nobody knows, so all are made
 */
export function sayWhere(named: readonly string[] | undefined): void {
  for (const { name, prototype, hints } of moved) {
    for (const member of Object.keys(hints)) {
      if (named?.includes(member) ?? true) {
        Object.defineProperty(prototype, member, {
          get() {
            throw new SluiceError("WRONG_MEMBER", `${name} has no ${member}: ${hints[member] ?? ""}.`);
          },
          configurable: true,
        });
      }
    }
  }
}
