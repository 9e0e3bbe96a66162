import { definePolicy, Response, UpstreamError } from "sluice";

/** Asks a service and answers with what became of it. */
export default definePolicy({
  async onRequest(_request, { client }) {
    try {
      const reply = await client.upstream("service").fetch("/", { timeout: 2_000 });
      return new Response(200).withBody(`status ${reply.status}`);
    } catch (error) {
      return new Response(200).withBody(error instanceof UpstreamError ? error.code : "another error");
    }
  },
});
