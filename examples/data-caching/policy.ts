import { definePolicy, type Response } from "sluice";
import { cache, keptResponse } from "sluice/cache";
import * as v from "valibot";
import { millisecondsLeft } from "./hours.js";

const hour = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(23));
/** What is larger passes, and is not kept. */
const largestBody = 1_048_576;

export default definePolicy({
  config: v.object({
    /** How many responses are kept. */
    max_cached_values: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 100),
    /** The hours of the day (UTC) in which they are kept and given: from the one, included, to the other. */
    start_hour: v.optional(hour, 18),
    end_hour: v.optional(hour, 10),
  }),

  configure: (context) => ({
    responses: cache<Response>(context, "responses", {
      entries: context.config.max_cached_values,
      bytes: 16 * largestBody,
    }),
  }),

  // No async: an exchange that is answered from the cache takes less for it.
  onRequest(request, { clock, config, resources }) {
    if (millisecondsLeft(clock.now(), config) > 0) {
      return resources.responses.get(request.path);
    }
  },

  async onResponse(response, { clock, config, logger, request, requestData, resources }) {
    // An answer to HEAD lacks the body that others would be given.
    if (requestData.kind === "break" || request.method === "HEAD" || millisecondsLeft(clock.now(), config) === 0) {
      return;
    }
    const body = await response.intoBodyStreamState();
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body.stream) {
      size += chunk.length;
      if (size <= largestBody) {
        chunks.push(chunk.slice());
      } else {
        chunks.length = 0;
      }
    }
    const ttl = millisecondsLeft(clock.now(), config);
    if (size > largestBody || ttl === 0) {
      return;
    }
    try {
      const { status, headers } = response;
      resources.responses.set(request.path, keptResponse({ status, headers, bytes: () => joined(chunks, size) }), {
        ttl,
      });
    } catch (error) {
      logger.warn("the response is not kept", { error });
    }
  },
});

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
