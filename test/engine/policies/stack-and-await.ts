import { definePolicy, Flow, Response } from "sluice";

/** Answers with the calls that lead to its filter when it goes on after what it awaits, and lets go on whatever does not ask for them. */
export default definePolicy({
  async onRequest(request) {
    // Not awaited where it is made: that the compiler would take out.
    const there = request.intoHeadersState();
    const { headers } = await there;
    return headers.has("x-stack") ? new Response(200).withBody(String(new Error("here").stack)) : Flow.Continue();
  },
});
