/** Sees each request for a moment only, while its ticks, which run on the main thread then, use up the engine's memory. */
import { definePolicy } from "sluice";
import { every } from "sluice/schedule";

const hoard: unknown[] = [];

export default definePolicy({
  configure(context) {
    every(context, "20ms", () => {
      hoard.push(new Array(50_000).fill(0).map((_, index) => ({ index })));
    });
  },

  onRequest({ headers }) {
    headers.set("x-seen-briefly", "yes");
  },
});
