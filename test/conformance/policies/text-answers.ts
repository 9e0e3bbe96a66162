import { definePolicy, Response } from "sluice";
import * as v from "valibot";

const answers: Readonly<Record<string, () => Response>> = {
  builder: () => new Response(403).withBody("no\u00fc"),
  web: () => new Response("no\u00fc", { status: 403 }),
  html: () => new Response(403).withBody("<p>").withHeaders([["content-type", "text/html"]]),
  none: () => new Response(403),
};

/** Answers with a text, however it is made. */
export default definePolicy({
  config: v.object({ how: v.string(), phase: v.picklist(["request", "response"]) }),

  onRequest(_request, { config }) {
    return config.phase === "request" ? answers[config.how]?.() : undefined;
  },

  onResponse(response, { config }) {
    const answer = answers[config.how]?.();
    if (config.phase === "response" && answer !== undefined) {
      response.sendResponse(answer);
    }
  },
});
