/** Scopes of tokens (RFC 6749 section 3.3). */

/** Whether a token needs all of the scopes, or one of them. */
export type ScopeMatch = "all" | "any";

/** `scope-token` of RFC 6749 section 3.3, in a list or in one text with spaces between; undefined where it is no such thing. */
export function scopeList(scopes: unknown): readonly string[] | undefined {
  const list: unknown = typeof scopes === "string" ? scopes.split(" ").filter((scope) => scope !== "") : scopes;
  return Array.isArray(list) && list.every(isScope) ? list : undefined;
}

function isScope(scope: unknown): scope is string {
  return typeof scope === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope);
}

/**
 * The scopes of a token's claims: `scope` (RFC 8693 section 4.2), or `scp` as others call it, each a text or a list. What is neither, or has
 * anything in it that is no scope, counts for nothing: what else was meant nobody knows.
 */
export function scopesOf({ scope, scp }: { readonly scope?: unknown; readonly scp?: unknown }): readonly string[] {
  return scopeList(scope ?? scp) ?? [];
}

/** Whether these are what is needed. */
export function fulfils(scopes: readonly string[], needed: readonly string[], match: ScopeMatch): boolean {
  const has = (scope: string): boolean => scopes.includes(scope);
  return match === "all" ? needed.every(has) : needed.some(has);
}
