import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";

let balance = 0;

/** Wrong: reads, waits for somebody else, and writes what it has read, plus one. */
export default definePolicy({
  async onRequest(request, context) {
    const before = balance;
    await upstream(context, "ledger").fetch("/add");
    balance = before + 1;
    request.headers.set("x-balance", String(balance));
  },
});
