/** May wait, so that the guest hears of every exchange of its list. */
import { definePolicy } from "sluice";

export default definePolicy({
  async onRequest(request) {
    if (request.headers.has("x-never")) {
      await request.intoBodyState();
    }
  },
});
