/** Keeps memory in its module, and lets it go again. */
import { definePolicy } from "sluice";

const kept: unknown[] = [];

export default definePolicy({
  onRequest({ headers }) {
    const mebibytes = Number(headers.get("x-keep") ?? 0);
    for (let piece = 0; piece < mebibytes * 4; piece++) {
      // Some in one piece, some in many.
      kept.push(
        new Uint8Array(131_072),
        new Array(2_048).fill(0).map((_, index) => ({ index })),
      );
    }
  },

  onResponse({ headers }) {
    if (headers.has("x-forget")) {
      kept.length = 0;
    }
    headers.set("x-keeps", "seen");
  },
});
