import { definePolicy } from "sluice";
import { concurrency, spikeControl } from "sluice/spike-control";

definePolicy({
  configure(context) {
    // expect-error: Property 'period' is missing in type
    spikeControl(context, "all", { requests: 5 });

    // expect-error: Type '"a second"' is not assignable to type
    spikeControl(context, "all", { requests: 5, period: "a second" });

    // expect-error: 'burst' does not exist in type 'ConcurrencyOptions'
    concurrency(context, "all", { limit: 5, burst: 2 });

    return {
      spikes: spikeControl(context, "all", { requests: 5, period: 1_000 }),
      inside: concurrency(context, "all", { limit: 5 }),
    };
  },

  async onRequest(request, context) {
    const { spikes, inside } = context.resources;

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'ExchangeContext'
    await spikes.admit(request.path);

    const turn = await spikes.admit(context);
    // expect-error: Property 'response' does not exist on type
    turn.response();

    // expect-error: Expected 1 arguments, but got 0
    await inside.acquire();
  },
});
