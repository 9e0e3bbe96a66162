/** Never comes to an end by itself, now and then. */
import { definePolicy } from "sluice";

let seen = 0;

export default definePolicy({
  onRequest() {
    seen++;
    while (seen % 3 === 0) {
      seen += 3;
    }
  },
});
