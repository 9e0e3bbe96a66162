/** Claims of a caller as headers for the upstream, which the client cannot send itself. */
import { SluiceError } from "../../errors.js";
import { utf8ToByteString } from "../../policy/byte-string.js";
import { checkedName, isFramingField } from "../../policy/header-syntax.js";
import type { Headers } from "../../policy/headers.js";
import { textOf } from "../../thrown.js";

/** Header names, each with the claim that it has: a name, or a JSON pointer (RFC 6901) to what is inside of one: `/realm_access/roles`. */
export type ClaimHeaderNames = Readonly<Record<string, string>>;

/** Writes claims into headers. */
export interface ClaimHeaders {
  /**
   * Removes from a request what a client has sent under these names: also in what some upstreams take for the same name, such as `x_user`
   * for `x-user`, since CGI and its like write both as "HTTP_X_USER".
   */
  clear(headers: Headers): void;
  /**
   * Does that, and writes the claims. Texts go as UTF-8, numbers, `true` and `false` as JSON writes them, lists of such with commas in
   * between, other objects as JSON. What is missing or `null`, and what a header cannot hold, has none: also a list with an item
   * that has a comma.
   */
  set(headers: Headers, claims: Readonly<Record<string, unknown>>): void;
}

/** Names that requests have had; bounded, as clients make them up. */
const mostKnown = 256;

/**
 * Headers for claims. Make them once, in `configure`.
 *
 * @example claimHeaders({ "x-user": "sub", "x-roles": "/realm_access/roles" })
 * @throws SluiceError `CLAIM_HEADERS` for names that are not the policy's to set, `HEADER_NAME`
 */
export function claimHeaders(names: ClaimHeaderNames): ClaimHeaders {
  const entries = Object.entries(names).map(([name, claim]): [string, readonly string[]] => {
    const header = checkedName(name, "claimHeaders");
    if (isFramingField(header)) {
      throw refused(
        `header ${header}`,
        "a header that is not the gateway's own, as those of framing and routing are",
        name,
      );
    }
    if (typeof claim !== "string" || claim === "") {
      throw refused(`header ${header}`, "the name of a claim", claim);
    }
    return [header, pathOf(claim)];
  });
  const wanted = new Set(entries.map(([header]) => alike(header)));
  const known = new Map<string, boolean>();
  const isWanted = (name: string): boolean => {
    let is = known.get(name);
    if (is === undefined) {
      is = wanted.has(alike(name));
      if (known.size < mostKnown) {
        known.set(name, is);
      }
    }
    return is;
  };
  const clear = (headers: Headers): void => {
    for (const [name] of headers) {
      if (isWanted(name)) {
        headers.delete(name);
      }
    }
  };
  return {
    clear,
    set(headers, claims) {
      clear(headers);
      for (const [header, path] of entries) {
        const value = fieldOf(claimAt(claims, path));
        if (value !== undefined) {
          headers.set(header, value);
        }
      }
    },
  };
}

/** What a name is in an environment of CGI (RFC 3875 section 4.1.18), as servers write it that take any name. */
function alike(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "_");
}

function pathOf(claim: string): string[] {
  return claim.startsWith("/")
    ? claim
        .slice(1)
        .split("/")
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    : [claim];
}

function claimAt(claims: unknown, path: readonly string[]): unknown {
  let value = claims;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function fieldOf(value: unknown): string | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (Array.isArray(value) && value.every(isScalar)) {
    const items = value.map(String);
    return items.some((item) => item.includes(",")) ? undefined : legal(items.join(","));
  }
  return legal(isScalar(value) ? String(value) : asciiJson(value));
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** The value as a header has it; undefined for one with control characters, or space around it, which would not arrive. */
function legal(text: string): string | undefined {
  return /[^\x20-\x7e\x80-\u{10ffff}]/u.test(text) || text === "" || text.trim() !== text
    ? undefined
    : utf8ToByteString(text);
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError("CLAIM_HEADERS", `claimHeaders(): ${what}: expected ${expected}, got ${textOf(got)}.`);
}
