/** What a message says that its content is: RFC 9110 section 8.3. */
import type { ReadonlyHeaders } from "./headers.js";

const typeAndSubtype = /^[ \t]*([!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+)[ \t]*(?:;|$)/i;

/** Type and subtype in lower case, without parameters; undefined without a `content-type`, with several, and for what is none. */
export function mediaTypeOf(headers: ReadonlyHeaders): string | undefined {
  const [value = "", ...others] = headers.getAll("content-type");
  return others.length > 0 ? undefined : typeAndSubtype.exec(value)?.[1]?.toLowerCase();
}

/**
 * Whether the headers say that the content is JSON: `application/json` (RFC 8259 section 11), or any type with the suffix `+json` (RFC
 * 6839 section 3.1) such as `application/problem+json`; in any case, with any parameters. False without a `content-type`, and with several,
 * of which recipients make different things. The body may still be something else: `json()` throws then.
 */
export function isJson(headers: ReadonlyHeaders): boolean {
  const type = mediaTypeOf(headers);
  return type === "application/json" || (type !== undefined && /\/[^+].*\+json$/.test(type));
}
