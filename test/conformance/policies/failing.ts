import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";

const fail = (): never => {
  throw new Error("secret cause");
};

export default definePolicy({
  config: v.object({
    where: v.picklist(["nowhere", "configure", "request", "request-body", "response", "response-body", "after-send"]),
  }),

  configure({ config }) {
    if (config.where === "configure") {
      fail();
    }
  },

  async onRequest(request, { config }) {
    const head = await request.intoHeadersState();
    const chosen = head.headers.has("x-fail");
    if (chosen && config.where === "request") {
      fail();
    }
    if (chosen && config.where === "request-body") {
      await head.intoBodyState();
      fail();
    }
    return Flow.Continue(chosen ? config.where : "nowhere");
  },

  async onResponse(response, { requestData }) {
    if (requestData.kind !== "continue") {
      return;
    }
    const head = await response.intoHeadersState();
    switch (requestData.value) {
      case "response":
        return fail();
      case "response-body":
        await head.intoBodyState();
        return fail();
      case "after-send":
        head.sendResponse(new Response(299).withBody("sent"));
        return fail();
      default:
    }
  },
});
