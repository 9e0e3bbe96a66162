/** Is never configured. */
import { definePolicy } from "sluice";

export default definePolicy({
  configure() {
    throw new Error("not ready");
  },
  onRequest() {
    // Never called.
  },
});
