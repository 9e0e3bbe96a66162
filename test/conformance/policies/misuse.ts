import { definePolicy, type RequestContext, Response, SluiceError } from "sluice";
import * as v from "valibot";

type Services = Pick<RequestContext<unknown, unknown>, "authentication" | "client" | "clock" | "metrics">;

/** Types would not let a policy do this. */
const wrong = (value: unknown): never => value as never;

const tries = {
  "authentication-text": ({ authentication }) => {
    authentication.set(wrong("ada"));
  },
  "authentication-number": ({ authentication }) => {
    authentication.set({ principal: wrong(5) });
  },
  "authentication-function": ({ authentication }) => {
    authentication.set({ properties: wrong({ big: 1n }) });
  },
  "metric-name": ({ metrics }) => {
    metrics.counter("no name");
  },
  "metric-label": ({ metrics }) => {
    metrics.counter("labelled", { labels: ["policy"] });
  },
  "metric-kind": ({ metrics }) => {
    metrics.counter("used");
    metrics.gauge("used");
  },
  "metric-other-label": ({ metrics }) => {
    metrics.counter("by_reason", { labels: ["reason"] }).with(wrong({ cause: "x" }));
  },
  "metric-fraction": ({ metrics }) => {
    metrics.counter("used").increment(0.5);
  },
  "metric-negative": ({ metrics }) => {
    metrics.counter("used").increment(-1);
  },
  "metric-nan": ({ metrics }) => {
    metrics.gauge("level").set(Number("none"));
  },
  "metric-text": ({ metrics }) => {
    metrics.histogram("sizes").record(wrong("5"));
  },
  "metric-far": ({ metrics }) => {
    metrics.histogram("sizes").record(Number.MAX_VALUE);
  },
  "metric-series": ({ metrics }) => {
    const hits = metrics.counter("hits", { labels: ["id"] });
    for (let id = 0; id <= 200; id += 1) {
      hits.with({ id: String(id) }).increment();
    }
  },
  "upstream-scheme": ({ client }) => {
    client.upstream("ftp://svc.invalid/");
  },
  "upstream-empty": ({ client }) => {
    client.upstream("");
  },
  "timeout-zero": async ({ client }) => {
    await client.upstream("svc").fetch("/", { timeout: 0 });
  },
  "timeout-text": async ({ client }) => {
    await client.upstream("svc").fetch("/", { timeout: wrong("5s") });
  },
  "timeout-nan": async ({ client }) => {
    await client.upstream("svc").fetch("/", { timeout: NaN });
  },
  "timeout-far": async ({ client }) => {
    await client.upstream("svc").fetch("/", { timeout: 2 ** 31 });
  },
  "fetch-path": async ({ client }) => {
    await client.upstream("svc").fetch(wrong(5));
  },
  "fetch-method": async ({ client }) => {
    await client.upstream("svc").fetch("/", { method: wrong(5) });
  },
  "fetch-body": async ({ client }) => {
    await client.upstream("svc").fetch("/", { method: "POST", body: wrong({ a: 1 }) });
  },
  "fetch-headers": async ({ client }) => {
    await client.upstream("svc").fetch("/", { headers: wrong(5) });
  },
  "fetch-header": async ({ client }) => {
    await client.upstream("svc").fetch("/", { headers: [wrong("a: 1")] });
  },
  "fetch-init": async ({ client }) => {
    await client.upstream("svc").fetch("/", wrong("POST"));
  },
  "fetch-upstream": ({ client }) => {
    client.upstream(wrong(5));
  },
  "response-headers": () => {
    new Response(200).withHeaders(wrong(5));
  },
  "response-header": () => {
    new Response(200).withHeaders([wrong(5)]);
  },
  "sleep-nan": async ({ clock }) => {
    await clock.sleep(Number("Wed, 21 Oct 2026 07:28:00 GMT") * 1000);
  },
  "sleep-text": async ({ clock }) => {
    await clock.sleep(wrong("5"));
  },
  "sleep-far": async ({ clock }) => {
    await clock.sleep(2 ** 31);
  },
  "sleep-back": async ({ clock }) => {
    await clock.sleep(-Infinity);
  },
  "signal-nan": () => {
    AbortSignal.timeout(NaN);
  },
  "signal-text": () => {
    AbortSignal.timeout(wrong("5"));
  },
  "signal-negative": () => {
    AbortSignal.timeout(-1);
  },
  "code-function": () => {
    Reflect.construct(Function, ["a", "return a"]);
  },
  "code-eval": () => {
    const evaluate: (text: string) => unknown = eval;
    evaluate("1 + 1");
  },
} satisfies Readonly<Record<string, (services: Services) => void | Promise<void>>>;

/** Asks services of the kit for what they refuse, and logs what comes of it. */
export default definePolicy({
  config: v.object({ tries: v.array(v.picklist(Object.keys(tries) as (keyof typeof tries)[])) }),

  async onRequest(_request, context) {
    for (const name of context.config.tries) {
      try {
        await tries[name](context);
        context.logger.info(`${name}: done`);
      } catch (error) {
        context.logger.info(
          `${name}: ${error instanceof SluiceError ? error.code : error instanceof Error ? error.name : String(error)}`,
        );
      }
    }
  },
});
