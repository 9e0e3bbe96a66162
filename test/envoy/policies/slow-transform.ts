/** Transforms responses to what they are, and takes its time over each chunk. */
import { definePolicy } from "sluice";

export default definePolicy({
  async onResponse(response, { clock }) {
    const body = await response.intoBodyStreamState();
    await body.transform(async function* (chunks) {
      for await (const chunk of chunks) {
        await clock.sleep(200);
        yield chunk;
      }
    });
  },
});
