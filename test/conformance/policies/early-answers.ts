import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";

/** Says who it is in every response it sees, and answers early where it is told to. */
export default definePolicy({
  config: v.object({
    name: v.string(),
    waits: v.optional(v.picklist(["headers", "body", "headers-body", "stream"]), "headers"),
    answers: v.optional(v.picklist(["never", "request", "response"]), "never"),
  }),

  async onRequest(request, { config: { name, waits, answers } }) {
    const answer = new Response(430).withHeaders([["x-by", name]]).withBody(`answer of ${name}`);
    request.headers.append("x-passed", name);
    if (waits === "body") {
      await request.intoBodyState();
    }
    if (waits === "headers-body") {
      await request.intoHeadersBodyState();
    }
    if (waits === "stream") {
      for await (const _chunk of (await request.intoBodyStreamState()).stream) {
        if (answers === "request") {
          return Flow.Break(answer);
        }
      }
    }
    return answers === "request" ? Flow.Break(answer) : Flow.Continue(name);
  },

  onResponse(response, { config: { name, answers }, requestData }) {
    const reason = requestData.kind === "cancel" ? `:${requestData.reason}` : "";
    if (answers === "response") {
      response.sendResponse(
        new Response(431).withHeaders([["x-saw", `${name}:${requestData.kind}${reason}`]]).withBody(`sent by ${name}`),
      );
      return;
    }
    response.headers.append("x-saw", `${name}:${requestData.kind}${reason}`);
  },

  onDone({ status, outcome }, { config: { name }, logger }) {
    logger.info(`${name} done: ${status} ${outcome}`);
  },
});
