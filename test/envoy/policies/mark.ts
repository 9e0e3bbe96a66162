import { definePolicy } from "sluice";
import * as v from "valibot";

/** Shared by all uses of this policy. */
let requests = 0;

export default definePolicy({
  config: v.object({ name: v.string() }),

  async onRequest(request, { config }) {
    const { headers } = await request.intoHeadersState();
    requests += 1;
    headers.append("x-marks", config.name);
    headers.set("x-requests", String(requests));
  },
});
