import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Calls an upstream that fails, and awaits that call, or does not. */
export default definePolicy({
  config: v.object({ how: v.picklist(["forgets", "awaits at once", "awaits in the same turn", "hands it on"]) }),

  async onRequest(_request, context) {
    const { config } = context;
    const call = () => upstream(context, "audit").fetch("/", { timeout: 100 });
    const ignore = () => undefined;
    if (config.how === "forgets") {
      void call();
    } else if (config.how === "hands it on") {
      void call().catch(ignore);
    } else {
      try {
        const made = config.how === "awaits at once" ? await call() : call();
        await made;
      } catch {
        ignore();
      }
    }
  },
});
