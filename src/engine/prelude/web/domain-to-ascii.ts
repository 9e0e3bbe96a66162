/**
 * What `whatwg-url` gets in place of `tr46`, whose tables are several times the size of all the rest: host names by NFKC and lower
 * case, which is what most of Unicode's table for IDNA comes to, and Punycode. Characters that IDNA forbids are not refused.
 */
import { toASCII as toPunycode } from "punycode/";

const nonAscii = /[^\0-\x7f]/u;
/** Soft hyphen, zero-width and variation characters: IDNA ignores them. */
const ignored = /\u00ad|\u200b|\u2060|\ufeff|[\ufe00-\ufe0f]/gu;

/** The host name in ASCII; null: it cannot be one. */
export function toASCII(domain: string): string | null {
  if (!nonAscii.test(domain)) {
    return domain.toLowerCase();
  }
  const mapped = domain
    .replace(ignored, "")
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFKC")
    .replace(/\u3002/gu, ".");
  return mapped.includes("\ufffd") ? null : toPunycode(mapped);
}
