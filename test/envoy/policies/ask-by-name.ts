import { definePolicy, Response } from "sluice";

/** Asks a service by its name and answers with what it says. */
export default definePolicy({
  async onRequest(_request, { client }) {
    const reply = await client.upstream("service").fetch("/ask");
    return new Response(200).withBody(reply.text());
  },
});
