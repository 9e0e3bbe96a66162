/** Lets requests pass that say which client they come from, and tells the upstream. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.strictObject({ header: v.optional(v.string(), "x-api-key") }),

  onRequest(request, { config }) {
    const { headers } = request;
    const client = headers.get(config.header);
    if (client === null) {
      return Response.json({ error: `the header ${config.header} is missing` }, { status: 401 });
    }
    headers.delete(config.header);
    headers.set("x-client", client);
  },
});
