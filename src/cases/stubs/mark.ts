import { definePolicy } from "sluice";
import * as v from "valibot";

/** Adds a header line to every response. */
export default definePolicy({
  config: v.object({ header: v.string(), value: v.string() }),

  onResponse(response, { config }) {
    response.headers.append(config.header, config.value);
  },
});
