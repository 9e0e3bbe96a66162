/** Lets everything pass: what any module consists of. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest() {
    return undefined;
  },
});
