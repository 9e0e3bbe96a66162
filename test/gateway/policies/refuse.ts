import { definePolicy, Response } from "sluice";

/** Answers every request on its head. */
export default definePolicy({
  onRequest() {
    return new Response(403).withBody("refused");
  },
});
