import { definePolicy, Response, SluiceError } from "sluice";
import { type LockOptions, type Locks, locks } from "sluice/lock";
import { type Storage, storage } from "sluice/storage";
import * as v from "valibot";

interface Resources {
  readonly locked: Locks;
  readonly counts: Storage<number>;
}

/**
 * Counts requests under a lock, by reading, waiting and writing: nothing is lost only if one does so at a time. The headers `x-hold` and `x-try` give
 * the milliseconds between, `x-options` the options in JSON, `x-fence` the fencing number in place of the lock's. Answers with the count, or with 409 and
 * the code of the error. With `x-again` the work asks for its own lock.
 */
export default definePolicy({
  config: v.object({
    name: v.optional(v.string(), "locks"),
    options: v.optional(v.record(v.string(), v.number()), {}),
  }),

  configure: (context): Resources => ({
    locked: locks(context, context.config.name, context.config.options),
    counts: storage<number>(context, "counts"),
  }),

  async onRequest(request, { resources: { locked, counts }, clock, signal }) {
    const { headers } = request;
    const options = { signal, ...(JSON.parse(headers.get("x-options") ?? "{}") as LockOptions) };
    const count = async (_lost: AbortSignal, fence: number): Promise<number | undefined> => {
      if (headers.has("x-again")) {
        await locked.withLock("n", options, () => undefined);
      }
      const before = (await counts.get("n")) ?? 0;
      await clock.sleep(Number(headers.get("x-hold") ?? headers.get("x-try")));
      const given = headers.get("x-fence");
      const stored = await counts.set("n", before + 1, { ifFence: given === null ? fence : Number(given) });
      return stored && before + 1;
    };
    try {
      const counted = await (headers.has("x-try")
        ? locked.tryLock("n", options, count)
        : locked.withLock("n", options, count));
      return new Response(String(counted), { headers: { "content-type": "text/plain" } });
    } catch (error) {
      return new Response(error instanceof SluiceError ? error.code : String(error), { status: 409 });
    }
  },
});
