import { definePolicy } from "sluice";

/** Awaits what never comes. */
export default definePolicy({
  async onRequest() {
    await new Promise(() => undefined);
  },
});
