import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Asks a service for what it needs before the first request. */
export default definePolicy({
  config: v.object({ svc: v.string() }),

  async configure(context) {
    const { config } = context;
    const answer = await upstream(context, config.svc).fetch("/setting");
    return { setting: answer.headers.get("x-setting") ?? "none" };
  },

  async onRequest(request, { resources }) {
    const { headers } = await request.intoHeadersState();
    headers.set("x-setting", resources.setting);
  },
});
