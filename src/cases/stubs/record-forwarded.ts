import { definePolicy } from "sluice";

/** Logs the request's headers as the policies before it hand them on. */
export default definePolicy({
  async onRequest(request, { logger }) {
    const { headers } = await request.intoHeadersState();
    logger.info(`forwarded ${JSON.stringify([...headers])}`);
  },
});
