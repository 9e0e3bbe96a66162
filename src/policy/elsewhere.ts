/**
 * Members that people expect where they are not. Their types are functions whose `this` is a text that no object is, so that a compiler's
 * complaint shows it; plain JavaScript and casts meet an error with the same text.
 */
import { SluiceError } from "../errors.js";

/** What a request is asked for, also as `context.request`. */
export const requestHints = {
  /** Not here: its type says what to write. @deprecated */
  json: "write (await request.intoBodyState()).json() in onRequest",
  /** Not here: its type says what to write. @deprecated */
  text: "write (await request.intoBodyState()).text() in onRequest",
  /** Not here: its type says what to write. @deprecated */
  bytes: "write (await request.intoBodyState()).bytes() in onRequest",
  /** Not here: its type says what to write. @deprecated */
  arrayBuffer: "write (await request.intoBodyState()).bytes() in onRequest",
  /** Not here: its type says what to write. @deprecated */
  body: "write (await request.intoBodyState()).text(), json() or bytes() in onRequest",
  /** Not here: its type says what to write. @deprecated */
  setBody: "write (await request.intoBodyState()).setBody(body) in onRequest",
  /** Not here: its type says what to write. @deprecated */
  url: "write request.path (path and query), request.pathname, request.search or request.authority",
  /** Not here: its type says what to write. @deprecated */
  query: "write query(request).get(name), where query is imported from sluice/query",
  /** Not here: its type says what to write. @deprecated */
  cookies: "write cookies(request).get(name), where cookies is imported from sluice/cookies",
  /** Not here: its type says what to write. @deprecated */
  status: "a request has none: return new Response(body, { status }) to answer it",
  /** Not here: its type says what to write. @deprecated */
  sendResponse: "return a Response from onRequest",
} as const;

/** What a response is asked for. */
export const responseHints = {
  /** Not here: its type says what to write. @deprecated */
  json: "write (await response.intoBodyState()).json()",
  /** Not here: its type says what to write. @deprecated */
  text: "write (await response.intoBodyState()).text()",
  /** Not here: its type says what to write. @deprecated */
  bytes: "write (await response.intoBodyState()).bytes()",
  /** Not here: its type says what to write. @deprecated */
  arrayBuffer: "write (await response.intoBodyState()).bytes()",
  /** Not here: its type says what to write. @deprecated */
  body: "write (await response.intoBodyState()).text(), json() or bytes()",
  /** Not here: its type says what to write. @deprecated */
  setBody: "write (await response.intoBodyState()).setBody(body)",
  /** Not here: its type says what to write. @deprecated */
  url: "write context.request.path, context.request.pathname or context.request.authority",
  /** Not here: its type says what to write. @deprecated */
  ok: "write response.status",
} as const;

/** What the states of bodies are asked for. */
export const requestBodyHints = {
  sendResponse: "return a Response from onRequest",
} as const;

export const responseBodyHints = {
  sendResponse: "call response.sendResponse(…) before the response moves on to its body",
} as const;

const upstreamHint = "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream";

/** What every context is asked for. */
export const contextHints = {
  /** Not here: its type says what to write. @deprecated */
  fetch: upstreamHint,
  /** Not here: its type says what to write. @deprecated */
  client: upstreamHint,
  /** Not here: its type says what to write. @deprecated */
  metrics: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics",
  /** Not here: its type says what to write. @deprecated */
  log: "write context.logger.info(text), or console.log(text)",
  /** Not here: its type says what to write. @deprecated */
  env: "a policy has no environment: what it needs comes with its config",
} as const;

/** What a filter's context, and that of `onDone`, are asked for. */
export const filterContextHints = {
  ...contextHints,
  /** Not here: its type says what to write. @deprecated */
  authentication:
    "write getAuthentication(context) or setAuthentication(context, …), which are imported from sluice/authentication",
  /** Not here: its type says what to write. @deprecated */
  violations: "write reportViolation(context, …), where reportViolation is imported from sluice/violations",
} as const;

/** What a request filter's context is asked for besides. */
export const requestContextHints = {
  /** Not here: its type says what to write. @deprecated */
  request: "write request, the first parameter of onRequest",
} as const;

/** What the context of `configure` is asked for. */
export const configureContextHints = {
  ...contextHints,
  /** Not here: its type says what to write. @deprecated */
  authentication: "write getAuthentication(context) in a filter: configure sees no exchange",
  /** Not here: its type says what to write. @deprecated */
  violations: "write reportViolation(context, …) in a filter: configure sees no exchange",
  /** Not here: its type says what to write. @deprecated */
  request: "write request, the first parameter of onRequest: configure sees no exchange",
} as const;

/** What to write instead of the global `fetch`; `types/policy-globals.d.ts` says the same. */
export const globalFetchHint = upstreamHint;

/** A member that exists elsewhere: `Hint` says where. What a call gives is anything, so that there is one complaint of it. */
// oxlint-disable-next-line typescript/no-explicit-any -- see above
export type Elsewhere<Hint extends string> = (this: Hint, ...rest: unknown[]) => any;

/** The members of a table of hints, with their comments, for those who only declare them. */
export type NotHere<Hints extends Readonly<Record<string, string>>> = {
  readonly [Member in keyof Hints]: Elsewhere<Hints[Member]>;
};

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
