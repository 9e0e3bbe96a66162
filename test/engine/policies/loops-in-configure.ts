/** Is never configured. */
import { definePolicy } from "sluice";

export default definePolicy({
  configure() {
    for (let turn = 0; ; turn++) {
      Math.sqrt(turn);
    }
  },

  onRequest(request) {
    request.headers.set("x-loops", "not");
  },
});
