/** Sends clients elsewhere: to https, to the host that a site is known by, to another path. */
import { definePolicy, type RequestState, Response } from "sluice";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { matchEntries, matches } from "../shared/match.js";
import { template } from "../shared/template.js";

const settings = v.pipe(
  v.strictObject({
    ...matchEntries,
    httpsRedirect: v.optional(v.pipe(v.boolean(), v.description("To https, without a port.")), false),
    hostRedirect: v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^(?:[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/,
          "expected a host such as www.example.com",
        ),
        v.description("To this host, with a port if need be."),
      ),
    ),
    pathRedirect: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\/(?![/\\])/, "expected a path that begins with one /"),
        v.description(
          "To this path: a template over the request. What it gives is encoded, and always a path on that host.",
        ),
        template("request"),
      ),
    ),
    stripQuery: v.optional(
      v.pipe(v.boolean(), v.description("Whether the query is left out. Else it is kept.")),
      false,
    ),
    status: v.optional(
      v.pipe(
        v.picklist([301, 302, 303, 307, 308], "expected 301, 302, 303, 307 or 308"),
        v.description("Status of the answer. With 307 and 308 clients repeat method and body."),
      ),
      301,
    ),
  }),
  v.check(
    ({ httpsRedirect, hostRedirect, pathRedirect, stripQuery }) =>
      httpsRedirect || hostRedirect !== undefined || pathRedirect !== undefined || stripQuery,
    "expected httpsRedirect, hostRedirect, pathRedirect or stripQuery",
  ),
);

type Settings = v.InferOutput<typeof settings>;

export default definePolicy({
  config: described(settings, "Redirects clients to https, to another host or to another path.", {
    httpsRedirect: true,
    hostRedirect: "www.example.com",
    status: 308,
  }),

  onRequest(request, { config, properties }) {
    if (!matches(config, request)) {
      return;
    }
    const path = config.pathRedirect?.fill({ properties, request }) ?? request.pathname;
    const target = asPath(path) + (config.stripQuery ? "" : request.search);
    const { origin, changed } = originFor(request, config);
    if (changed || target !== request.path) {
      return origin === undefined
        ? new Response(null, { status: 400 })
        : new Response(null, { status: config.status, headers: { location: origin + target } });
    }
  },
});

/**
 * Where the client is to go; the origin is undefined where its own host would have to be named and is no host. A target on the same origin
 * names none: the client's own `host` decides nothing then.
 */
function originFor(
  { scheme, authority }: RequestState,
  { httpsRedirect, hostRedirect }: Settings,
): { origin: string | undefined; changed: boolean } {
  const upgrade = httpsRedirect && scheme !== "https";
  const elsewhere = hostRedirect !== undefined && hostRedirect.toLowerCase() !== authority.toLowerCase();
  if (!upgrade && !elsewhere) {
    return { origin: "", changed: false };
  }
  const host = hostRedirect ?? authority.replace(/:\d*$/, "");
  const isHost = /^(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?$/.test(host);
  return { origin: isHost ? `${upgrade ? "https" : scheme}://${host}` : undefined, changed: true };
}

/** `//evil.test` and `/\evil.test` are hosts to a browser: a path begins with one slash. */
function asPath(path: string): string {
  const encoded = path.replace(
    /[^\x21-\x7e]|[<>"\\^`{|}#]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  return encoded.replace(/^(?:\/|%5C)+/, "/");
}
