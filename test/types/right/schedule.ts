/** Work in the background. */
import { definePolicy } from "sluice";
import { every } from "sluice/schedule";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure(context) {
    every(context, 15_000, () => undefined);
    every(
      context,
      "15s",
      async (signal, fence) => {
        exactType<AbortSignal>()(signal);
        exactType<number | undefined>()(fence);
      },
      { jitter: "1s", immediately: true, singleton: "process", timeout: 5_000 },
    );
  },
});
