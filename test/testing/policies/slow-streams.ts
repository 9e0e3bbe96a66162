import { definePolicy } from "sluice";
import * as v from "valibot";

/** Takes its time for each byte of a body, or does not come to the end of a chunk. */
export default definePolicy({
  config: v.object({ how: v.picklist(["reads", "transforms", "hangs"]) }),

  async onRequest(request, { config, logger }) {
    const body = await request.intoBodyStreamState();
    const lengths: number[] = [];
    const slowly = (chunk: Uint8Array) => {
      lengths.push(chunk.length);
      if (config.how === "hangs") {
        for (;;) {
          // For ever.
        }
      }
      // A module takes some 30 ms for that.
      let sum = 0;
      for (let round = 0; round < 200_000; round++) {
        sum += chunk[round % chunk.length]! & 1;
      }
      return sum % 2 === 0 ? chunk : chunk.slice();
    };
    if (config.how === "reads") {
      for await (const chunk of body.stream) {
        slowly(chunk);
      }
    } else {
      await body.transform(async function* (chunks) {
        for await (const chunk of chunks) {
          yield slowly(chunk);
        }
      });
    }
    logger.info("read", { longest: Math.max(...lengths), chunks: lengths.length });
  },
});
