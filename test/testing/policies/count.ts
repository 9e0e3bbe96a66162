import { definePolicy } from "sluice";

let count = 0;

/** Says how many requests this instance has seen, and forgets nobody. */
export default definePolicy({
  onRequest(request, { logger }) {
    request.headers.set("x-count", String(++count));
    logger.info("counted", { count });
  },
});
