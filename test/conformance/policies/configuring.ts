import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Asks a service for what it needs before the first request. */
export default definePolicy({
  config: v.object({ svc: v.string() }),

  async configure(context) {
    const answer = await upstream(context, context.config.svc).fetch("/setting");
    return { setting: answer.headers.get("x-setting") ?? "none" };
  },

  onRequest(request, { resources }) {
    request.headers.set("x-setting", resources.setting);
  },
});
