import { definePolicy } from "sluice";
import * as v from "valibot";

/** Uses of the policy share its module. */
const attempts = new WeakMap<object, number>();

/** The first attempt to configure it begins a loop and fails; the loop tells when it ends. The next attempt succeeds. */
export default definePolicy({
  config: v.object({ fails: v.optional(v.picklist(["throws", "waits"]), "throws") }),

  async configure({ config, signal, clock, logger }) {
    const attempt = (attempts.get(config) ?? 0) + 1;
    attempts.set(config, attempt);
    signal.addEventListener("abort", () => {
      logger.info(`attempt ${attempt} aborted: ${String(signal.reason)}`);
    });
    void (async () => {
      while (!signal.aborted) {
        await clock.sleep(200);
      }
      logger.info(`the loop of attempt ${attempt} ended`);
    })();
    if (attempt === 1) {
      if (config.fails === "waits") {
        await clock.sleep(60_000);
      }
      throw new Error("not yet");
    }
  },

  onRequest(request, { config }) {
    request.headers.set("x-attempt", String(attempts.get(config)));
  },
});
