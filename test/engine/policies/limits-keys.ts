/** Counts what `x-calls` says, key and amount for each, and tells what came of it. */
import { definePolicy, SluiceError } from "sluice";
import { rateLimit } from "sluice/rate-limit";

/** Joined anew, where it is a text. */
const inPieces = (key: string): string =>
  typeof key === "string" && key.length > 1 ? key.slice(0, -1) + key.slice(-1) : key;

export default definePolicy({
  configure: (context) => ({ limit: rateLimit(context, "keys", { tiers: [{ limit: 3, period: "1h" }] }) }),

  async onRequest(request, { resources: { limit } }) {
    const calls = JSON.parse(request.headers.get("x-calls") ?? "[]") as [key: string, amount?: number][];
    const told: unknown[] = [];
    for (const call of calls) {
      try {
        const [key, amount] = call;
        const result = await (call.length === 1 ? limit.take(key) : limit.take(inPieces(key), amount));
        told.push([result.allowed, result.remaining, Object.keys(result).join()]);
        if (request.headers.has("x-refund")) {
          await limit.refund(result);
        }
      } catch (error) {
        told.push(error instanceof SluiceError ? error.code : String(error));
      }
    }
    console.log(JSON.stringify(told));
  },
});
