import { type BodyTransform, definePolicy } from "sluice";

const mark = new TextEncoder().encode("~");

/** Cuts each chunk in two and puts them together again around a mark, so that no chunk passes as it came. */
const rewrite: BodyTransform = async function* (chunks) {
  for await (const chunk of chunks) {
    const middle = chunk.length >> 1;
    yield chunk.subarray(0, middle);
    yield mark;
    yield chunk.subarray(middle);
  }
};

export default definePolicy({
  async onRequest(request) {
    const body = await request.intoBodyStreamState();
    await body.transform(rewrite);
  },

  async onResponse(response) {
    const body = await response.intoBodyStreamState();
    await body.transform(rewrite);
  },
});
