import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";

let taken = 0;

/** Has a mistake: between the question and the booking, somebody else may take the seat. */
export default definePolicy({
  async onRequest(_request, context) {
    if (taken >= 1) {
      return new Response(null, { status: 409 });
    }
    await upstream(context, "ledger").fetch("/book", { method: "POST" });
    taken += 1;
  },
});
