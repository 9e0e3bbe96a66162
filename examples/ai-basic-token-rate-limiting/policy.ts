import { definePolicy, Response } from "sluice";
import { storage } from "sluice/storage";
import * as v from "valibot";
import { countTokens } from "./tokens.js";

const completion = v.object({
  model: v.string(),
  messages: v.array(v.object({ role: v.string(), content: v.string() })),
});

export default definePolicy({
  config: v.object({
    /** How many tokens are accepted in one window. */
    maximumTokens: v.pipe(v.number(), v.integer(), v.minValue(0)),
    /** How long a window lasts that opens with the first request that is counted. */
    timePeriodInMilliseconds: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(31_536_000_000)),
  }),

  configure: (context) => ({ window: storage<number>(context, "window", { entries: 1, bytes: 1_024 }) }),

  async onRequest(request, { config, logger, resources }) {
    if (!request.containsBody) {
      return;
    }
    const body = v.safeParse(completion, jsonOf((await request.intoBodyState()).text()));
    if (!body.success) {
      return refusal(400, "body is not a chat completion");
    }
    // One more than there may be is as good as any number above.
    const most = config.maximumTokens + 1;
    let cost = 0;
    for (const { content } of body.output.messages) {
      cost += countTokens(content, most - cost);
    }
    try {
      const total = await resources.window.increment("tokens", cost, { ttl: config.timePeriodInMilliseconds });
      if (total > config.maximumTokens) {
        return refusal(403, "token limit exceeded");
      }
    } catch (error) {
      logger.error("the window cannot be counted", { error });
      return refusal(500, "token limit unavailable");
    }
  },
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}
