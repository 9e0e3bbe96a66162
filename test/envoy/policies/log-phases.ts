import { definePolicy } from "sluice";

/** Logs in both phases, and tells in the response what it knows of the request. */
export default definePolicy({
  onRequest(request, { logger }) {
    logger.info("request phase");
  },

  onResponse(response, { logger, properties }) {
    logger.info("response phase");
    response.headers.set("x-known-id", properties.requestId ?? "none");
    response.headers.set("x-known-path", new TextDecoder().decode(properties.get(["request", "path"])));
  },
});
