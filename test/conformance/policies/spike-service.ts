import { definePolicy, Response, SluiceError } from "sluice";
import { type ConcurrencyOptions, concurrency, type SpikeOptions, spikeControl } from "sluice/spike-control";
import * as v from "valibot";

/** Admits each request by its headers, and answers with how long it has waited, or with the service's answer. Gives nothing back. */
export default definePolicy({
  config: v.object({
    spikes: v.optional(v.record(v.string(), v.any())),
    inside: v.optional(v.record(v.string(), v.any())),
  }),

  configure: (context) => ({
    spikes: context.config.spikes && spikeControl(context, "spikes", context.config.spikes as object as SpikeOptions),
    inside:
      context.config.inside && concurrency(context, "inside", context.config.inside as object as ConcurrencyOptions),
  }),

  async onRequest({ headers }, context) {
    const { spikes, inside } = context.resources;
    try {
      const turn = await spikes?.admit(context, headers.get("x-key") ?? "", Number(headers.get("x-amount") ?? 1));
      const permit = await inside?.acquire(context);
      const admission = turn?.admitted === false ? turn : (permit ?? turn);
      return admission?.admitted === false ? admission.response() : new Response(String(admission?.waited));
    } catch (error) {
      return new Response(error instanceof SluiceError ? error.code : String(error), { status: 409 });
    }
  },
});
