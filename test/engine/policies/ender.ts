/** Has a callback with which the guest is to hear of every exchange of its list. */
import { definePolicy } from "sluice";

export default definePolicy({
  onDone() {
    // Nothing to be done.
  },
});
