import { definePolicy } from "sluice";

/** Awaits what never comes. */
export default definePolicy({
  async onRequest(request) {
    await request.intoHeadersState();
    await new Promise(() => undefined);
  },
});
