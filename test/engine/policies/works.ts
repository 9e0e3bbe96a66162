/** Works for as long as the request asks for, where it asks for it. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest({ headers }) {
    work(headers.get("x-at-once"));
    const later = headers.get("x-in-a-job");
    if (later !== null) {
      void Promise.resolve().then(() => {
        work(later);
      });
    }
  },

  onResponse({ headers }) {
    work(headers.get("x-at-once"));
  },
});

function work(rounds: string | null): void {
  for (let round = 0; round < Number(rounds); round++) {
    Math.sqrt(round);
  }
}
