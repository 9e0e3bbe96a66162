/** May wait for what responses bring, so that the guest hears of every exchange of its list. */
import { definePolicy } from "sluice";

export default definePolicy({
  async onResponse(response) {
    if (response.headers.has("x-never")) {
      await response.intoBodyState();
    }
  },
});
