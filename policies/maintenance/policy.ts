/** Answers 503 in the place of an upstream that is being worked on. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";
import { withoutPort } from "../shared/client-address.js";
import { described } from "../shared/described.js";
import { contains, parseAddress } from "../shared/ip.js";
import { isBelow } from "../shared/match.js";
import { network } from "../shared/networks.js";
import { mostWelcome } from "./accept.js";

const mediaType = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+\/[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?:\s*;\s*[\x21-\x7e]+)*$/;

export default definePolicy({
  config: described(
    v.strictObject({
      enabled: v.optional(
        v.pipe(v.boolean(), v.description("Whether there is maintenance. When false, all requests pass.")),
        true,
      ),
      retryAfterSeconds: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(1),
          v.description("When clients may come back: `retry-after`. Without it: none."),
        ),
      ),
      bodies: v.optional(
        v.pipe(
          v.array(
            v.strictObject({
              contentType: v.pipe(
                v.string(),
                v.regex(mediaType, "expected a media type such as text/html"),
                v.description("Its media type, parameters may follow: `text/html;charset=UTF-8`."),
              ),
              body: v.pipe(v.string(), v.description("The text.")),
            }),
          ),
          v.minLength(1, "expected at least one body"),
          v.description(
            "Bodies. The one that `accept` likes best is sent; the first where it likes several the same, or none.",
          ),
        ),
        [{ contentType: "text/plain;charset=UTF-8", body: "Down for maintenance. Please come back later.\n" }],
      ),
      exemptPathPrefixes: v.optional(
        v.pipe(
          v.array(v.pipe(v.string(), v.regex(/^\/[^?#]*$/, "expected a path that begins with /, without a query"))),
          v.description("Paths that pass, by whole segments: `/a` has `/a` and `/a/b`."),
        ),
        [],
      ),
      exemptNetworks: v.optional(
        v.pipe(
          v.array(network),
          v.description("Networks whose clients pass, such as `10.0.0.0/8`, so that the work can be tried."),
        ),
        [],
      ),
    }),
    "Answers 503 while an upstream is being worked on, but to those who work on it.",
    { retryAfterSeconds: 600, exemptPathPrefixes: ["/health"], exemptNetworks: ["10.0.0.0/8"] },
  ),

  configure({ config: { bodies, retryAfterSeconds } }) {
    const retry: [string, string][] =
      retryAfterSeconds === undefined ? [] : [["retry-after", String(retryAfterSeconds)]];
    return bodies.map(({ contentType, body }) => ({
      contentType,
      response: new Response(body, {
        status: 503,
        headers: [["content-type", contentType], ["cache-control", "no-store"], ["vary", "accept"], ...retry],
      }),
    }));
  },

  onRequest({ headers, pathname }, { config, properties, resources: answers }) {
    if (!config.enabled || config.exemptPathPrefixes.some((prefix) => isBelow(pathname, prefix))) {
      return;
    }
    const client = parseAddress(withoutPort(properties.clientAddress ?? ""));
    if (client !== undefined && config.exemptNetworks.some((each) => contains(each, client))) {
      return;
    }
    return mostWelcome(headers.get("accept"), answers)?.response;
  },
});
