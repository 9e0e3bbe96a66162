/** Which requests a policy is about: the keys, and whether one is meant. */
import type { RequestState } from "sluice";
import * as v from "valibot";

const path = v.pipe(
  v.string(),
  v.regex(/^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/, "expected a path that begins with /, without a query"),
);

/** The keys. Without any, all requests are meant. */
export const matchEntries = {
  methods: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^[A-Z]+$/, "expected a method in upper case, such as GET"))),
      v.minLength(1, "expected at least one method"),
      v.description("Methods of the requests that are meant. Without it: all."),
    ),
  ),
  path: v.optional(v.pipe(path, v.description("Their whole path, without the query."))),
  pathPrefix: v.optional(
    v.pipe(path, v.description("What their path begins with, by whole segments: `/a` has `/a` and `/a/b`, not `/ab`.")),
  ),
};

interface Match {
  methods?: readonly string[] | undefined;
  path?: string | undefined;
  pathPrefix?: string | undefined;
}

/** Whether these keys mean the request. */
export function matches(
  { methods, path, pathPrefix }: Match,
  { method, pathname }: Pick<RequestState, "method" | "pathname">,
): boolean {
  return (
    (methods === undefined || methods.includes(method)) &&
    (path === undefined || pathname === path) &&
    (pathPrefix === undefined || isBelow(pathname, pathPrefix))
  );
}

/** By whole segments. */
export function isBelow(pathname: string, prefix: string): boolean {
  return prefix.endsWith("/") ? pathname.startsWith(prefix) : pathname === prefix || pathname.startsWith(`${prefix}/`);
}
