/** Sees both heads and the end of every exchange, and tells the log and a counter of it. Refuses some with an answer that never changes. */
import { definePolicy, Flow, Response } from "sluice";
import { counter } from "sluice/metrics";

const kept: object[] = [];

export default definePolicy({
  onRequest(request) {
    const { headers } = request;
    if (headers.has("x-refuse-all")) {
      return new Response("refused by an accountant", { status: 402 });
    }
    if (headers.has("x-q-keep-all")) {
      kept.push(request);
    }
    if (headers.has("x-q-throw-all")) {
      throw new Error("on purpose");
    }
    return Flow.Continue(headers.get("x-text"));
  },

  onResponse(response, { requestData, logger }) {
    const { headers } = response;
    headers.append("x-accounted", requestData.kind);
    if (headers.has("x-r-keep-all")) {
      kept.push(response);
    }
    if (headers.has("x-r-throw-all")) {
      throw new Error("on purpose");
    }
    if (headers.has("x-r-answer-all")) {
      logger.info("answers");
      response.sendResponse(new Response("answered by an accountant", { status: 503 }));
    }
  },

  onDone({ outcome, reason, status, durations, responseHeaders }, context) {
    counter(context, "exchanges").increment();
    const times = Object.entries(durations).map(([name, time]) => `${name} ${typeof time}`);
    const names = [...responseHeaders.keys()];
    context.logger.info(`done ${JSON.stringify({ outcome, reason, status, times, names })}`);
    if (responseHeaders.has("x-done-keep")) {
      kept.push(context);
    }
    if (responseHeaders.has("x-done-throw")) {
      throw new Error("in the end");
    }
    if (responseHeaders.has("x-done-loop")) {
      for (;;) {
        // For ever.
      }
    }
  },
});
