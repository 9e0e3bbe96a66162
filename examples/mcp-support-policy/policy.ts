import { definePolicy } from "sluice";

export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    headers.set("x-envoy-upstream-rq-timeout-ms", "0"); // the engine's router: no limit for the response
  },
});
