/** Holds requests that come too fast, or while too many are inside, and lets them go on in their turn. */
import { definePolicy, type ReadonlyHeaders, type StreamProperties } from "sluice";
import { clientAddress } from "sluice/rate-limit";
import { concurrency, spikeControl } from "sluice/spike-control";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { headerName } from "../shared/refusal.js";

const whole = (least: number, most: number, description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most), v.description(description));

const rate = v.pipe(
  v.strictObject({
    requests: whole(1, 1_000_000, "How many requests go on in a period, evenly spread over it."),
    periodMilliseconds: v.optional(whole(1, 86_400_000, "The period."), 1_000),
    burst: v.optional(whole(1, 1_000_000, "How many go on at once when none has come for a while."), 1),
    key: v.optional(
      v.pipe(
        v.picklist(["all", "client-address", "header"]),
        v.description(
          "Which requests count together: all; those of a client's address, of IPv6 its first 64 bits; those with the same value of `header`.",
        ),
      ),
      "all",
    ),
    header: v.optional(
      v.pipe(headerName, v.description("The header that `key: header` means. Requests without it count together.")),
    ),
  }),
  v.check(({ key, header }) => (key === "header") === (header !== undefined), "expected header with key: header only"),
);

type Rate = v.InferOutput<typeof rate>;

export default definePolicy({
  config: described(
    v.pipe(
      v.strictObject({
        rate: v.optional(v.pipe(rate, v.description("How fast requests go on. Without it: as they come."))),
        concurrency: v.optional(
          v.pipe(
            v.strictObject({ limit: whole(1, 1_000_000, "How many requests, over all workers of the gateway.") }),
            v.description("How many requests are at the upstream at the same time. Without it: as many as come."),
          ),
        ),
        maxQueue: v.optional(
          whole(0, 1_000_000, "How many wait at the same time, of each key, and for concurrency. 0: none."),
          100,
        ),
        maxWaitMilliseconds: v.optional(
          whole(0, 12_000, "How long one waits, for its turn and once more for concurrency."),
          5_000,
        ),
      }),
      v.check(
        ({ rate: fast, concurrency: inside }) => fast !== undefined || inside !== undefined,
        "expected rate, concurrency or both",
      ),
    ),
    "Holds requests that come faster than a rate, or while as many as a limit are inside, and lets them go on in their turn.",
    { rate: { requests: 50 }, concurrency: { limit: 20 } },
  ),

  configure(context) {
    const { config } = context;
    const queue = { maxQueue: config.maxQueue, maxWait: config.maxWaitMilliseconds };
    return {
      spikes:
        config.rate &&
        spikeControl(context, "rate", {
          ...queue,
          requests: config.rate.requests,
          period: config.rate.periodMilliseconds,
          burst: config.rate.burst,
        }),
      inside: config.concurrency && concurrency(context, "concurrency", { ...queue, limit: config.concurrency.limit }),
    };
  },

  async onRequest({ headers }, context) {
    const { config, properties, resources } = context;
    // Whoever has a permit goes on: those that wait for their turn have none.
    const turn = config.rate && (await resources.spikes?.admit(context, keyOf(config.rate, headers, properties)));
    const refused = turn?.admitted === false ? turn : await resources.inside?.acquire(context);
    if (refused?.admitted === false) {
      reportViolation(context);
      return refused.response();
    }
  },

  onDone(_exchange, context) {
    context.resources.inside?.release(context);
  },
});

function keyOf({ key, header }: Rate, headers: ReadonlyHeaders, properties: StreamProperties): string {
  if (header !== undefined) {
    return headers.get(header) ?? "";
  }
  return key === "all" ? "" : clientAddress(properties);
}
