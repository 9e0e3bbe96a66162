/** Fails, at once and later, where somebody waits and where nobody does. */
import { definePolicy } from "sluice";

export default definePolicy({
  onRequest() {
    void Promise.reject(new Error("for nobody"));
    setTimeout(() => {
      throw new Error("later");
    }, 1);
    throw new Error("at once");
  },
});
