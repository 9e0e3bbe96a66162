import { definePolicy } from "sluice";
import * as v from "valibot";

/** Parses JSON and writes it again, as often as its configuration says. */
export default definePolicy({
  config: v.object({ indent: v.optional(v.number()), times: v.optional(v.number(), 1) }),

  async onRequest(request, { config }) {
    const message = await request.intoHeadersBodyState();
    if (message.containsBody) {
      for (let done = 0; done < config.times; done++) {
        message.setBody(JSON.stringify(message.json(), undefined, config.indent));
      }
    }
  },

  async onResponse(response, { config }) {
    if (response.status !== 200 || !response.containsBody) {
      return;
    }
    const message = await response.intoBodyState();
    message.setBody(JSON.stringify(JSON.parse(message.text()), undefined, config.indent));
  },
});
