import { definePolicy } from "sluice";

/** Logs in both phases, and tells in the response what it knows of the request. */
export default definePolicy({
  async onRequest(request, { logger }) {
    logger.info("request phase");
    await request.intoHeadersState();
  },

  async onResponse(response, { logger, properties }) {
    logger.info("response phase");
    const { headers } = await response.intoHeadersState();
    headers.set("x-known-id", properties.requestId ?? "none");
    headers.set("x-known-path", new TextDecoder().decode(properties.get(["request", "path"])));
  },
});
