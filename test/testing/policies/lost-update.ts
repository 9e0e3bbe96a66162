import { definePolicy } from "sluice";

let balance = 0;

/** Wrong: reads, waits for somebody else, and writes what it has read, plus one. */
export default definePolicy({
  async onRequest(request, { client }) {
    const { headers } = await request.intoHeadersState();
    const before = balance;
    await client.upstream("ledger").fetch("/add");
    balance = before + 1;
    headers.set("x-balance", String(balance));
  },
});
