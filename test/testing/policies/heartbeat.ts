import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";

/** Reports to the upstream `monitor` every second, from the start on. */
export default definePolicy({
  configure(context) {
    const { clock } = context;
    const beat = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(1_000);
        await upstream(context, "monitor").fetch("/beat", { method: "POST" });
      }
    };
    void beat();
  },
});
