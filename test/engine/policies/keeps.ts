/** Keeps memory in its module, and lets it go again. */
import { definePolicy, Response } from "sluice";

const kept: unknown[] = [];

export default definePolicy({
  onRequest({ headers }) {
    const asked = new Uint8Array(Number(headers.get("x-ask-for") ?? 0));
    headers.set("x-asked", String(asked.length));
    if (headers.has("x-ask-for")) {
      return new Response(String(new Uint8Array(Number(headers.get("x-ask-for"))).length));
    }
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
