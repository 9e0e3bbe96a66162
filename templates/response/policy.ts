/** Adds security headers to every response, and keeps to itself what an upstream says about its failures. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ maxAgeSeconds: v.optional(v.number(), 31_536_000) }),

  async onResponse(response, { config, logger }) {
    const head = await response.intoHeadersState();
    head.headers.set("strict-transport-security", `max-age=${config.maxAgeSeconds}`);
    head.headers.set("x-content-type-options", "nosniff");
    head.headers.delete("x-powered-by");

    if (head.status >= 500) {
      logger.warn("the upstream failed", { status: head.status });
      head.sendResponse(Response.json({ error: "something went wrong" }, { status: head.status }));
    }
  },
});
