import { definePolicy } from "sluice";
import * as v from "valibot";

/** Adds a header line to every response. */
export default definePolicy({
  config: v.object({ header: v.string(), value: v.string() }),

  async onResponse(response, { config }) {
    const { headers } = await response.intoHeadersState();
    headers.append(config.header, config.value);
  },
});
