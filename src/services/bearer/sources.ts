/** Where requests have their tokens. A policy has the code of those sources that it names. */
import { SluiceError } from "../../errors.js";
import { checkedName } from "../../policy/header-syntax.js";
import type { Headers, ReadonlyHeaders } from "../../policy/headers.js";
import { textOf } from "../../thrown.js";
import { cookies } from "../cookies/index.js";
import { query } from "../query/index.js";

/** What tokens are looked for in: a request, as a filter is given it. */
export interface TokenCarrier {
  /** Its headers. */
  readonly headers: ReadonlyHeaders;
  /** Its path and query. */
  readonly path: string;
}

/** A place where requests have their tokens. */
export interface TokenSource {
  /**
   * What a request has there, as it was sent: the key that caches of checked tokens have. undefined for nothing, `null` for more than one
   * token where there may be one only (RFC 6750 section 2).
   */
  read(request: TokenCarrier): string | null | undefined;
  /** The token in what `read` has given; undefined where there is none: it is empty, or of another scheme. It may be anything else. */
  tokenIn(text: string): string | undefined;
  /** Removes it from the request, so that the upstream does not get it. */
  remove(request: { readonly headers: Headers; path: string }): void;
}

/**
 * A header.
 *
 * @param name default `authorization`
 * @param scheme what stands in front of the token, in any case (RFC 9110 section 11.1); "": nothing. Default `Bearer` in `authorization`,
 *   else ""
 */
export function fromHeader(
  name = "authorization",
  scheme = name.toLowerCase() === "authorization" ? "Bearer" : "",
): TokenSource {
  const header = checkedName(name, "fromHeader");
  const prefix = scheme === "" ? "" : `${checkedName(scheme, "fromHeader: scheme")} `;
  return {
    read: ({ headers }) => headers.get(header) ?? undefined,
    tokenIn(text) {
      if (text.slice(0, prefix.length).toLowerCase() !== prefix) {
        return undefined;
      }
      let from = prefix.length;
      while (text[from] === " ") {
        from++;
      }
      return from === text.length ? undefined : text.slice(from);
    },
    remove({ headers }) {
      headers.delete(header);
    },
  };
}

/** A cookie. */
export function fromCookie(name: string): TokenSource {
  checkName(name, "fromCookie()");
  return {
    read: (request) => onlyOne(cookies(request).getAll(name)),
    tokenIn: (text) => text,
    remove(request) {
      cookies(request).delete(name);
    },
  };
}

/**
 * A parameter of the query. Queries are written into logs on their way: no secret is safe there (RFC 6750 section 2.3).
 *
 * @param name default `access_token`
 */
export function fromQuery(name = "access_token"): TokenSource {
  checkName(name, "fromQuery()");
  return {
    read: (request) => onlyOne(query(request).getAll(name)),
    tokenIn: (text) => text,
    remove(request) {
      query(request).delete(name);
    },
  };
}

/** Several places, of which a request may use one. */
export function firstOf(...sources: readonly TokenSource[]): TokenSource {
  if (sources.length === 1) {
    return sources[0]!;
  }
  return {
    read(request) {
      let found: string | undefined;
      for (const source of sources) {
        const text = source.read(request);
        const token = typeof text === "string" ? source.tokenIn(text) : text;
        if (token === null || (token !== undefined && found !== undefined)) {
          return null;
        }
        found ??= token;
      }
      return found;
    },
    tokenIn: (text) => text,
    remove(request) {
      for (const source of sources) {
        const text = source.read(request);
        if (text === null || (text !== undefined && source.tokenIn(text) !== undefined)) {
          source.remove(request);
        }
      }
    },
  };
}

/** Whether a text can be a token at all (`b64token`, RFC 6750 section 2.1). */
export function isBearerToken(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
}

function onlyOne(values: readonly string[]): string | null | undefined {
  return values.length > 1 ? null : values[0] === "" ? undefined : values[0];
}

function checkName(name: unknown, call: string): void {
  if (typeof name !== "string" || name === "") {
    throw new SluiceError("BEARER_OPTIONS", `${call}: expected a name, got ${textOf(name)}.`);
  }
}
