import { definePolicy } from "sluice";
import { every } from "sluice/schedule";
import { upstream } from "sluice/upstream";

/** Calls the upstream `monitor` five times in a second, from one worker at a time, with the time and the fencing number of the run. */
export default definePolicy({
  configure(context) {
    every(
      context,
      "200ms",
      async (signal, fence) => {
        const headers = { "x-began": String(context.clock.now()), "x-fence": String(fence) };
        await upstream(context, "monitor").fetch("/beat", { headers, signal });
      },
      { singleton: "process" },
    );
  },
});
