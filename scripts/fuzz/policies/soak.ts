import { definePolicy, Flow } from "sluice";

/** Changed again and again while requests are under way. */
const version = "0";

/** Fails, gathers or streams, as the request asks for, and tells which version of it did so. */
export default definePolicy({
  async onRequest(request, { clock }) {
    const asked = request.headers.get("x-soak");
    if (asked === "throw") {
      await clock.sleep(1);
      throw new Error("on purpose");
    }
    if (asked === "gather") {
      await request.intoBodyState();
    }
    return Flow.Continue(asked);
  },

  async onResponse(response, { requestData }) {
    response.headers.set("x-version", version);
    if (requestData.kind === "continue" && requestData.value === "stream") {
      const body = await response.intoBodyStreamState();
      await body.transform(asItComes);
    }
  },
});

async function* asItComes(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
  }
}
