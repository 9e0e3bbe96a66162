/** Lets requests with a credential pass, and counts every exchange at its end. */
import { definePolicy, Response } from "sluice";
import { counter } from "sluice/metrics";

export default definePolicy({
  onRequest(request) {
    if (!request.headers.has("authorization")) {
      return new Response("no credential", { status: 401 });
    }
  },

  onDone({ outcome }, context) {
    counter(context, "exchanges", { labels: ["outcome"] })
      .with({ outcome })
      .increment();
  },
});
