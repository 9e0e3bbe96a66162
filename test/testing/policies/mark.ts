import { definePolicy } from "sluice";
import * as v from "valibot";

/** Leaves its name on requests and responses. */
export default definePolicy({
  config: v.object({ name: v.string() }),
  async onRequest(request, { config }) {
    const { headers } = await request.intoHeadersState();
    headers.append("x-passed", config.name);
  },
  async onResponse(response, { config }) {
    const { headers } = await response.intoHeadersState();
    headers.append("x-passed", config.name);
  },
});
