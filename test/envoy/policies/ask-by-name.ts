import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";

/** Asks a service by its name and answers with what it says. */
export default definePolicy({
  async onRequest(_request, context) {
    const reply = await upstream(context, "service").fetch("/ask");
    return new Response(200).withBody(reply.text());
  },
});
