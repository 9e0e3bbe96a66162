import { definePolicy, type RequestContext, Response, SluiceError } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { counter, gauge, histogram } from "sluice/metrics";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

type Services = RequestContext<unknown, unknown>;

/** Types would not let a policy do this. */
const wrong = (value: unknown): never => value as never;

const tries = {
  "authentication-text": (context) => {
    setAuthentication(context, wrong("ada"));
  },
  "authentication-number": (context) => {
    setAuthentication(context, { principal: wrong(5) });
  },
  "authentication-function": (context) => {
    setAuthentication(context, { properties: wrong({ big: 1n }) });
  },
  "metric-name": (context) => {
    counter(context, "no name");
  },
  "metric-label": (context) => {
    counter(context, "labelled", { labels: ["policy"] });
  },
  "metric-kind": (context) => {
    counter(context, "used");
    gauge(context, "used");
  },
  "metric-other-label": (context) => {
    counter(context, "by_reason", { labels: ["reason"] }).with(wrong({ cause: "x" }));
  },
  "metric-fraction": (context) => {
    counter(context, "used").increment(0.5);
  },
  "metric-negative": (context) => {
    counter(context, "used").increment(-1);
  },
  "metric-nan": (context) => {
    gauge(context, "level").set(Number("none"));
  },
  "metric-text": (context) => {
    histogram(context, "sizes").record(wrong("5"));
  },
  "metric-far": (context) => {
    histogram(context, "sizes").record(Number.MAX_VALUE);
  },
  "metric-series": (context) => {
    const hits = counter(context, "hits", { labels: ["id"] });
    for (let id = 0; id <= 200; id += 1) {
      hits.with({ id: String(id) }).increment();
    }
  },
  "upstream-scheme": (context) => {
    upstream(context, "ftp://svc.invalid/");
  },
  "upstream-empty": (context) => {
    upstream(context, "");
  },
  "timeout-zero": async (context) => {
    await upstream(context, "svc").fetch("/", { timeout: 0 });
  },
  "timeout-text": async (context) => {
    await upstream(context, "svc").fetch("/", { timeout: wrong("5s") });
  },
  "timeout-nan": async (context) => {
    await upstream(context, "svc").fetch("/", { timeout: NaN });
  },
  "timeout-far": async (context) => {
    await upstream(context, "svc").fetch("/", { timeout: 2 ** 31 });
  },
  "fetch-path": async (context) => {
    await upstream(context, "svc").fetch(wrong(5));
  },
  "fetch-method": async (context) => {
    await upstream(context, "svc").fetch("/", { method: wrong(5) });
  },
  "fetch-body": async (context) => {
    await upstream(context, "svc").fetch("/", { method: "POST", body: wrong({ a: 1 }) });
  },
  "fetch-headers": async (context) => {
    await upstream(context, "svc").fetch("/", { headers: wrong(5) });
  },
  "fetch-header": async (context) => {
    await upstream(context, "svc").fetch("/", { headers: [wrong("a: 1")] });
  },
  "fetch-init": async (context) => {
    await upstream(context, "svc").fetch("/", wrong("POST"));
  },
  "fetch-upstream": (context) => {
    upstream(context, wrong(5));
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
