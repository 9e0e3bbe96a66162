import { definePolicy, Response } from "sluice";

let taken = 0;

/** Has a mistake: between the question and the booking, somebody else may take the seat. */
export default definePolicy({
  async onRequest(request, { client }) {
    await request.intoHeadersState();
    if (taken >= 1) {
      return new Response(409);
    }
    await client.upstream("ledger").fetch("/book", { method: "POST" });
    taken += 1;
  },
});
