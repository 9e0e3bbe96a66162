/** Counts in every kind of metric, with labels and without, in exchanges and outside of them. */
import { definePolicy } from "sluice";
import { counter, gauge, histogram } from "sluice/metrics";
import { every } from "sluice/schedule";

export default definePolicy({
  configure: (context) => {
    const rounds = counter(context, "rounds");
    every(context, 50, () => {
      rounds.increment();
    });
    return {
      seen: counter(context, "seen"),
      answers: counter(context, "answers", { labels: ["status", "kind"] }),
      level: gauge(context, "level", { labels: ["place"] }),
      sizes: histogram(context, "sizes"),
    };
  },

  onRequest(request, { resources: { seen, level, sizes } }) {
    seen.increment(2);
    level.with({ place: request.pathname }).set(Number(request.headers.get("x-level")));
    sizes.record(1_000);
  },

  onResponse(response, { resources: { answers } }) {
    answers.with({ status: String(response.status), kind: "a;b" }).increment();
  },
});
