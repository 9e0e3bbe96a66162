import { definePolicy, type RequestState, type ResponseState } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

const modes = v.picklist(["headers", "gather", "stream"]);

/** Looks at both messages in one of three ways, and tells when its filters are over, however they end. */
export default definePolicy({
  config: v.object({ mode: modes, ask: v.optional(v.boolean(), false) }),

  async onRequest(request, context) {
    const { config, logger } = context;
    try {
      if (config.ask) {
        await upstream(context, "auth").fetch("/check");
      }
      await look(request, config.mode);
    } finally {
      logger.info("request filter over");
    }
  },

  async onResponse(response, { config, logger }) {
    logger.info("response filter begins");
    try {
      await look(response, config.mode);
    } finally {
      logger.info("response filter over");
    }
  },

  onDone({ outcome }, { logger }) {
    logger.info(`done: ${outcome}`);
  },
});

async function look(head: RequestState | ResponseState, mode: v.InferOutput<typeof modes>): Promise<void> {
  head.headers.set("x-seen", mode);
  if (mode === "gather") {
    await head.intoHeadersBodyState();
  }
  if (mode === "stream") {
    for await (const _chunk of (await head.intoBodyStreamState()).stream) {
      // Read to its end.
    }
  }
}
