/** Where requests have keys and tokens: the entries, and what reads them. */
import { fromCookie, fromHeader, fromQuery, type TokenSource } from "sluice/bearer";
import * as v from "valibot";
import { headerName } from "./refusal.js";

const name = v.pipe(v.string(), v.minLength(1, "expected a name"));

/** Exactly one place. */
export const placeEntry = (description: string) =>
  v.pipe(
    v.strictObject({
      header: v.optional(v.pipe(headerName, v.description("A header's name."))),
      cookie: v.optional(v.pipe(name, v.description("A cookie's name."))),
      query: v.optional(v.pipe(name, v.description("A parameter's name. Queries are written into logs on their way."))),
    }),
    v.check(
      ({ header, cookie, query }) => [header, cookie, query].filter((each) => each !== undefined).length === 1,
      "expected one of header, cookie and query",
    ),
    v.description(description),
  );

export type Place = v.InferOutput<ReturnType<typeof placeEntry>>;

export function sourceIn({ header, cookie, query }: Place): TokenSource {
  if (header !== undefined) {
    return fromHeader(header);
  }
  return cookie === undefined ? fromQuery(query) : fromCookie(cookie);
}
