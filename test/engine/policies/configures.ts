/** Takes its time to be configured, and says what came of it. */
import { definePolicy } from "sluice";

export default definePolicy({
  configure() {
    let rounds = 0;
    while (rounds < 300_000) {
      rounds++;
    }
    return { rounds };
  },

  onRequest(request, { resources }) {
    request.headers.set("x-rounds", String(resources.rounds));
  },
});
