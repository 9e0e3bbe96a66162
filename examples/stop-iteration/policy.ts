import { definePolicy } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({
    modifyRequest: v.optional(v.boolean(), false),
    modifyResponse: v.optional(v.boolean(), false),
    bodyPrefix: v.optional(v.string(), "modified"),
  }),

  async onRequest(request, { config }) {
    if (!config.modifyRequest) {
      return;
    }
    const whole = await request.intoHeadersBodyState();
    whole.headers.set("x-original-method", whole.method);
    if (whole.containsBody) {
      whole.setBody(`${config.bodyPrefix}-${whole.text()}`);
    }
  },

  async onResponse(response, { config }) {
    if (!config.modifyResponse) {
      return;
    }
    const whole = await response.intoHeadersBodyState();
    whole.headers.set("x-stop-iteration", "response-modified");
    if (whole.containsBody) {
      whole.setBody(`${config.bodyPrefix}:${whole.text()}`);
    }
  },
});
