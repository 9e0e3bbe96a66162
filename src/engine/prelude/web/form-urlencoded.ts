/** `application/x-www-form-urlencoded` of the URL standard, section 5. */

import { percentDecoded } from "./percent-encoding.js";
import type { Pair } from "./web-idl.js";

export function parseForm(text: string): Pair[] {
  const pairs: Pair[] = [];
  for (const part of text.split("&")) {
    if (part !== "") {
      const equals = part.indexOf("=");
      pairs.push(
        equals === -1 ? [decoded(part), ""] : [decoded(part.slice(0, equals)), decoded(part.slice(equals + 1))],
      );
    }
  }
  return pairs;
}

export function serializeForm(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
}

function decoded(text: string): string {
  return percentDecoded(text.includes("+") ? text.replaceAll("+", " ") : text);
}

/** `encodeURIComponent` leaves these, and what both leave. */
const left = /%20|[!'()~]/g;

function encoded(text: string): string {
  return encodeURIComponent(text).replace(left, (found) =>
    found === "%20" ? "+" : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
