import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Waits, and tells how its waiting ended. */
export default definePolicy({
  config: v.object({
    request: v.optional(v.picklist(["nothing", "body", "headers-body", "stream", "sleep", "call", "throw"]), "nothing"),
    response: v.optional(v.picklist(["nothing", "body", "stream", "sleep", "throw"]), "nothing"),
    svc: v.optional(v.string(), "none"),
  }),

  async onRequest(request, context) {
    const { config, signal, clock, logger } = context;
    signal.addEventListener("abort", () => {
      logger.info(`request aborted: ${String(signal.reason)}`);
    });
    logger.info("request waits");
    try {
      switch (config.request) {
        case "body":
          await request.intoBodyState();
          break;
        case "headers-body":
          await request.intoHeadersBodyState();
          break;
        case "stream": {
          let size = 0;
          for await (const chunk of (await request.intoBodyStreamState()).stream) {
            size += chunk.length;
          }
          logger.info(`request read ${size}`);
          break;
        }
        case "sleep":
          await clock.sleep(60_000);
          break;
        case "call":
          await upstream(context, config.svc).fetch("/slow");
          break;
        case "throw":
          throw new Error("secret cause");
        default:
      }
      logger.info("request waited to the end");
    } catch (error) {
      logger.info("request caught");
      throw error;
    } finally {
      logger.info("request finally");
    }
  },

  async onResponse(response, { config, requestData, signal, clock, logger }) {
    signal.addEventListener("abort", () => {
      logger.info(`response aborted: ${String(signal.reason)}`);
    });
    const reason = requestData.kind === "cancel" ? ` ${requestData.reason}` : "";
    response.headers.set("x-request-filter", `${requestData.kind}${reason}`);
    logger.info(`response waits: ${requestData.kind}${reason}`);
    try {
      if (config.response === "body") {
        await response.intoBodyState();
      }
      if (config.response === "sleep") {
        await clock.sleep(60_000);
      }
      if (config.response === "throw") {
        throw new Error("secret cause");
      }
      if (config.response === "stream") {
        for await (const _chunk of (await response.intoBodyStreamState()).stream) {
          // Read to its end.
        }
      }
    } finally {
      logger.info("response finally");
    }
  },

  onDone({ status, outcome, reason = "none" }, { logger }) {
    logger.info(`done: ${status} ${outcome} ${reason}`);
  },
});
