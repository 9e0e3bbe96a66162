import { definePolicy } from "sluice";

/** Logs the request's headers as the policies before it hand them on. */
export default definePolicy({
  onRequest(request, { logger }) {
    logger.info(`forwarded ${JSON.stringify([...request.headers])}`);
  },
});
