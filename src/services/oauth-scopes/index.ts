/** Scopes that a request needs: those of the token that a policy before has checked. */
import { SluiceError } from "../../errors.js";
import type { Response } from "../../policy/response.js";
import type { ExchangeContext } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import { type Authentication, getAuthentication } from "../authentication/index.js";
import { BearerAnswers, type ChallengeOptions } from "../bearer/index.js";
import { fulfils, type ScopeMatch, scopeList, scopesOf } from "./scopes.js";

export type { ScopeMatch } from "./scopes.js";

/** How scopes are asked for. */
export interface RequireScopesOptions {
  /** `all` (default): the token needs every one of them. `any`: one. */
  readonly match?: ScopeMatch | undefined;
  /** What the answer says beside the scopes. */
  readonly challenge?: Omit<ChallengeOptions, "scope"> | undefined;
}

/**
 * Asks for scopes of the caller, as the last policy has told them that authenticated it (`sluice/jwt`, `sluice/introspection`): in
 * `properties.scopes`, or as the claims `scope` or `scp`.
 *
 * @example onRequest: (request, context) => requireScopes(context, request.method === "GET" ? "orders:read" : "orders:write")
 * @param scopes a list, or a text with spaces between them
 * @returns the answer for one who lacks them, by RFC 6750 section 3.1: 403 `insufficient_scope`; 401 where nobody is authenticated.
 *   undefined: the request has them
 * @throws SluiceError `OAUTH_SCOPES_OPTIONS`, `BEARER_OPTIONS`, `SERVICE_CONTEXT`
 */
export function requireScopes(
  context: ExchangeContext,
  scopes: string | readonly string[],
  { match = "all", challenge }: RequireScopesOptions = {},
): Response | undefined {
  const needed = scopeList(scopes);
  if (needed === undefined || needed.length === 0) {
    throw refused("scopes", "scopes, in a list or a text with spaces between them", scopes);
  }
  if ((match as string) !== "all" && (match as string) !== "any") {
    throw refused("match", "all or any", match);
  }
  const authentication = getAuthentication<Record<string, unknown>>(context);
  if (authentication !== undefined && fulfils(scopesIn(authentication), needed, match)) {
    return undefined;
  }
  const answers = new BearerAnswers({ ...challenge, scope: needed });
  return authentication === undefined
    ? answers.missing()
    : answers.refuse("insufficient_scope", "The token lacks a scope that this request needs.");
}

function scopesIn({ properties }: Authentication<Record<string, unknown>>): readonly string[] {
  const { scopes, claims } = properties;
  if (scopes !== undefined) {
    return scopeList(scopes) ?? [];
  }
  return scopesOf(typeof claims === "object" && claims !== null ? claims : properties);
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("OAUTH_SCOPES_OPTIONS", `requireScopes(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
