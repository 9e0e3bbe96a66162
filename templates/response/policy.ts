/** Adds security headers to every response, and keeps to itself what an upstream says about its failures. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.strictObject({ maxAgeSeconds: v.optional(v.number(), 31_536_000) }),

  onResponse(response, { config, logger }) {
    const { headers, status } = response;
    headers.set("strict-transport-security", `max-age=${config.maxAgeSeconds}`);
    headers.set("x-content-type-options", "nosniff");
    headers.delete("x-powered-by");

    if (status >= 500) {
      logger.warn("the upstream failed", { status });
      response.sendResponse(Response.json({ error: "something went wrong" }, { status }));
    }
  },
});
