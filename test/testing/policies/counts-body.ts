import { definePolicy, Flow } from "sluice";

/** Wrong: takes it for granted that its request filter is done when the response comes. */
export default definePolicy({
  async onRequest(request) {
    const body = await request.intoBodyState();
    return Flow.Continue(body.bytes().length);
  },
  onResponse(response, { requestData }) {
    response.headers.set("x-size", String((requestData as { value?: number }).value));
  },
});
