/** Refuses requests whose bodies are too large: by what they say of themselves, else by what comes. */
import { definePolicy, type Logger, type RequestState } from "sluice";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { refusalEntries, refusalOf } from "../shared/refusal.js";

export default definePolicy({
  config: described(
    v.strictObject({
      maxRequestBytes: v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.description("How many bytes a body may have, as it is sent: with its content coding, without framing."),
      ),
      ...refusalEntries(413, "The request's body is too large.\n"),
    }),
    "Refuses requests whose bodies are too large, at once where their length is known.",
    { maxRequestBytes: 100_000 },
  ),

  configure({ config }) {
    return refusalOf(config);
  },

  async onRequest(request, context) {
    const { config, resources: refusal, logger } = context;
    if (request.containsBody && !(await fits(request, config.maxRequestBytes, logger))) {
      reportViolation(context);
      return refusal;
    }
  },
});

async function fits(request: RequestState, most: number, logger: Logger): Promise<boolean> {
  const length = request.headers.get("content-length");
  if (length !== null) {
    // The gateway sees to it that no more comes than the header says. What is no number is not small.
    const known = /^\d+$/.test(length) && Number(length) <= most;
    if (!known) {
      logger.info("refused", { contentLength: length });
    }
    return known;
  }
  const { stream } = await request.intoBodyStreamState();
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > most) {
      logger.info("refused", { bytesSoFar: bytes });
      return false;
    }
  }
  return true;
}
