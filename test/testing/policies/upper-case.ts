import { definePolicy } from "sluice";

/** Turns request bodies into capitals, as a whole, and response bodies chunk by chunk. */
export default definePolicy({
  async onRequest(request) {
    const message = await request.intoHeadersBodyState();
    if (message.containsBody) {
      message.setBody(message.text().toUpperCase());
    }
  },
  async onResponse(response) {
    const body = await response.intoBodyStreamState();
    await body.transform(async function* (chunks) {
      for await (const chunk of chunks) {
        yield chunk.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
      }
    });
  },
});
