/** Works for as long as the request asks for, behind an await. */
import { definePolicy } from "sluice";

export default definePolicy({
  async onRequest(request) {
    await Promise.resolve();
    for (let round = 0; round < Number(request.headers.get("x-behind-an-await")); round++) {
      Math.sqrt(round);
    }
  },
});
