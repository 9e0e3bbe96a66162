/** Lets requests with a credential pass, and counts exchanges at their end, by what it did to them. */
import { definePolicy, Response } from "sluice";

const counts = new Map<string, number>();

export default definePolicy({
  onRequest(request) {
    if (!request.headers.has("authorization")) {
      return new Response("no credential", { status: 401 });
    }
  },

  onDone({ outcome }) {
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  },
});
