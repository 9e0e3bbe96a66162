import { definePolicy, Flow } from "sluice";
import * as v from "valibot";

const fail = (): never => {
  throw new Error("nobody caught this");
};

/** What throws where nobody catches it, and never what the filter itself gives. */
const misdeeds = {
  listener: ({ signal }: { signal: AbortSignal }) => {
    signal.addEventListener("abort", fail);
  },
  onabort: ({ signal }: { signal: AbortSignal }) => {
    signal.onabort = fail;
  },
  "own-signal": () => {
    const controller = new AbortController();
    AbortSignal.any([controller.signal]).addEventListener("abort", fail);
    controller.abort();
  },
  "time-out": () => {
    AbortSignal.timeout(1).onabort = fail;
  },
  microtask: () => {
    queueMicrotask(fail);
  },
  timer: () => {
    setTimeout(fail, 1);
  },
  function: () => {
    void (async () => {
      await Promise.resolve();
      fail();
    })();
  },
  reaction: () => {
    void Promise.resolve().then(fail);
  },
  "no-prototype": () => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- policies may reject with anything
    void Promise.reject(Object.create(null));
  },
  symbol: () => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- policies may reject with anything
    void Promise.reject(Symbol("odd"));
  },
};

export default definePolicy({
  config: v.object({
    does: v.picklist(Object.keys(misdeeds) as (keyof typeof misdeeds)[]),
    waits: v.optional(v.number(), 20),
  }),

  async onRequest(request, { config, clock, signal, logger }) {
    if (request.headers.has("x-misdeed")) {
      misdeeds[config.does]({ signal });
      logger.info("request waits");
      await clock.sleep(config.waits);
    }
    return Flow.Continue();
  },
});
