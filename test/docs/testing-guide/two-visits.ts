import { definePolicy, Response } from "sluice";
import { storage } from "sluice/storage";

/** Has a mistake: between `get` and `set` another worker may let somebody in, too. */
export default definePolicy({
  configure: (context) => storage<number>(context, "visits", { entries: 10_000 }),

  async onRequest(request, { resources: visits }) {
    const client = request.headers.get("x-client") ?? "";
    const before = (await visits.get(client)) ?? 0;
    if (before >= 2) {
      return new Response(null, { status: 429 });
    }
    await visits.set(client, before + 1, { ttl: 60_000 });
  },
});
