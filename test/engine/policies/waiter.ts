/** May look at its request when the response comes, so that the guest hears of every exchange of its list. */
import { definePolicy } from "sluice";

export default definePolicy({
  onResponse(response, context) {
    if (response.headers.has("x-never")) {
      context.logger.info(context.request.path);
    }
  },
});
