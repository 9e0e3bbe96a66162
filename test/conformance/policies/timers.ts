import { definePolicy } from "sluice";
import * as v from "valibot";

/** Waits by `setTimeout` for what the request says, and for a pause after it, by the same timers. */
export default definePolicy({
  config: v.object({ pause: v.number() }),

  async onRequest(request, { config, clock }) {
    const waits = (request.headers.get("x-wait") ?? "").split(" ");
    const ran: string[] = [];
    for (const wait of waits) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, (wait.startsWith("'") ? wait.slice(1) : Number(wait)) as number);
      });
      ran.push(wait);
    }
    await clock.sleep(config.pause);
    request.headers.set("x-ran", ran.join(" "));
  },
});
