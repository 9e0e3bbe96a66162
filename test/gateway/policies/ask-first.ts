import { definePolicy } from "sluice";

/** Asks the upstream "oracle" before a request goes on. */
export default definePolicy({
  async onRequest(request, { client }) {
    await request.intoHeadersState();
    await client.upstream("oracle").fetch("/ask");
  },
});
