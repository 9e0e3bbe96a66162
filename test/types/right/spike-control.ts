/** Requests in turn. */
import { definePolicy } from "sluice";
import {
  type Admission,
  type Concurrency,
  concurrency,
  type Refused,
  type SpikeControl,
  spikeControl,
} from "sluice/spike-control";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure(context) {
    const spikes = spikeControl(context, "all", { requests: 5, period: "1s", burst: 2, maxQueue: 0, maxWait: 250 });
    exactType<SpikeControl>()(spikes);
    const inside = concurrency(context, "all", { limit: 5, maxWait: "1.5s", shared: "upstream" });
    exactType<Concurrency>()(inside);
    return { spikes, inside };
  },

  async onRequest(request, context) {
    const { spikes, inside } = context.resources;
    const turn = await spikes.admit(context, request.path, 2);
    exactType<Admission>()(turn);
    if (!turn.admitted) {
      exactType<Refused>()(turn);
      exactType<number>()(turn.retryAfter);
      return turn.response();
    }
    exactType<number>()(turn.waited);
    exactType<Admission>()(await inside.acquire(context));
  },

  onDone(_exchange, context) {
    context.resources.inside.release(context);
  },
});
