import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";

/** Asks the upstream "oracle" before a request goes on. */
export default definePolicy({
  async onRequest(_request, context) {
    await upstream(context, "oracle").fetch("/ask");
  },
});
