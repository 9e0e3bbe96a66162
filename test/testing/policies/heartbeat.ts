import { definePolicy } from "sluice";

/** Reports to the upstream `monitor` every second, from the start on. */
export default definePolicy({
  configure({ client, clock }) {
    const beat = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(1_000);
        await client.upstream("monitor").fetch("/beat", { method: "POST" });
      }
    };
    void beat();
  },
});
