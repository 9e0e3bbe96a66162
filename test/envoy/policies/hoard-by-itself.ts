import { definePolicy } from "sluice";
import { every } from "sluice/schedule";

const kept: unknown[] = [];

/** Keeps more and more memory of its own accord, and so fast that its module ends again and again; requests it lets pass. */
export default definePolicy({
  configure(context) {
    every(context, "20ms", () => {
      for (let piece = 0; piece < 8; piece++) {
        kept.push(new Array(4_096).fill(0).map((_, index) => ({ index })));
      }
    });
  },

  onRequest() {},
});
