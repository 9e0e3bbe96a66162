import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";

const answer = v.optional(v.object({ status: v.number(), body: v.optional(v.string(), "") }));

/** Answers requests, or in place of responses, and tells in response filters what it sees of an answer. */
export default definePolicy({
  config: v.object({ request: answer, response: answer, tells: v.optional(v.boolean(), false) }),

  onRequest(_request, { config }) {
    if (config.request !== undefined) {
      return Flow.Break(made(config.request));
    }
  },

  onResponse(response, { config, requestData }) {
    if (config.response !== undefined && requestData.kind === "continue") {
      response.sendResponse(made(config.response));
    } else if (config.tells) {
      response.headers.set(
        "x-seen",
        `${response.status} ${response.headers.get("grpc-status")} ${response.containsBody}`,
      );
    }
  },
});

function made({ status, body }: { status: number; body: string }): Response {
  return new Response(status).withHeaders({ "content-type": "text/plain", "x-answer": "1" }).withBody(body);
}
