/** Work that one worker does at a time. */
import { definePolicy } from "sluice";
import { type Locks, locks } from "sluice/lock";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure(context) {
    exactType<Locks>()(locks(context, "all", { entries: 10, shared: "all" }));
    return locks(context, "accounts");
  },

  async onRequest(_request, { resources, signal }) {
    const sum = await resources.withLock("a", { wait: "2s", ttl: 5_000, autoRefresh: false, signal }, (lost, fence) => {
      exactType<AbortSignal>()(lost);
      return fence + 1;
    });
    exactType<number>()(sum);
    exactType<string | undefined>()(await resources.tryLock("a", {}, async () => "done"));
  },
});
