import { type ConfigureContext, definePolicy, Flow } from "sluice";
import { type Upstream, UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

const integer = v.pipe(v.number(), v.integer());

const config = v.object({
  metricsSink: v.string(),
  /** Seconds between reports. */
  pushFrequency: v.pipe(integer, v.minValue(1)),
  /** How often a report is sent again before it is dropped; without it there is no end. */
  maxRetries: v.optional(v.pipe(integer, v.minValue(0))),
});

export default definePolicy({
  config,

  configure(context) {
    const counts = new Counts();
    void report(counts, context);
    return counts;
  },

  onRequest(request) {
    return Flow.Continue(request.method.toLowerCase());
  },

  onResponse(response, { resources: counts, requestData }) {
    if (requestData.kind === "continue") {
      counts.add(requestData.value, response.status);
    }
  },
});

class Counts {
  #methods = new Map<string, number>();
  #statuses = new Map<string, number>();

  add(method: string, status: number): void {
    increment(this.#methods, method);
    increment(this.#statuses, String(status));
  }

  /** What was counted since the last time; undefined for nothing. */
  take() {
    if (this.#methods.size === 0) {
      return undefined;
    }
    const counted = { methods: Object.fromEntries(this.#methods), status_codes: Object.fromEntries(this.#statuses) };
    this.#methods.clear();
    this.#statuses.clear();
    return counted;
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Beside the exchanges, as long as the policy is there. */
async function report(counts: Counts, context: ConfigureContext<v.InferOutput<typeof config>>): Promise<void> {
  const { clock, logger, signal } = context;
  const { metricsSink, pushFrequency, maxRetries = Infinity } = context.config;
  const sink = upstream(context, metricsSink);
  const period = pushFrequency * 1_000;
  const node = crypto.randomUUID();
  while (!signal.aborted) {
    await clock.sleep(period);
    const counted = counts.take();
    if (counted === undefined) {
      continue;
    }
    const body = JSON.stringify({ node, ...counted });
    for (let retry = 1; !(await deliver(sink, body)); retry++) {
      if (retry > maxRetries) {
        logger.warn("a report was dropped", { retries: maxRetries });
        break;
      }
      await clock.sleep(period * retry);
    }
  }
}

async function deliver(sink: Upstream, body: string): Promise<boolean> {
  try {
    const { status } = await sink.fetch(undefined, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    return [200, 202, 204].includes(status);
  } catch (error) {
    if (error instanceof UpstreamError) {
      return false;
    }
    throw error;
  }
}
