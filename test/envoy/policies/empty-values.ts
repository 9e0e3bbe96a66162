/** Calls the upstream with a header that has an empty value, and answers with another one, and with what it has read of such. */
import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";

export default definePolicy({
  async onRequest({ headers }, context) {
    const called = await upstream(context, "api").fetch("/called", { headers: { "x-called": "" } });
    const seen = { has: headers.has("x-kept"), value: headers.get("x-kept"), called: called.headers.get("x-kept") };
    return new Response(JSON.stringify(seen), { headers: { "x-own": "" } });
  },
});
