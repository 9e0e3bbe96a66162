import { definePolicy, Response } from "sluice";
import { instancePort, sharedData } from "sluice/service";
import { storage } from "sluice/storage";
import * as v from "valibot";

/** Lets two requests pass. Whether that holds where workers are at it at the same time depends on how it counts. */
export default definePolicy({
  config: v.object({ by: v.picklist(["get and set", "increment", "update", "shared data"]) }),

  configure: (context) => ({
    counts: storage<number>(context, "counts", { entries: 10 }),
    data: sharedData(instancePort(context, "configure()")),
  }),

  async onRequest(_request, { config, resources: { counts, data } }) {
    let taken = 0;
    switch (config.by) {
      case "get and set":
        taken = (await counts.get("taken")) ?? 0;
        await counts.set("taken", taken + 1);
        break;
      case "increment":
        taken = (await counts.increment("taken")) - 1;
        break;
      case "update":
        taken = ((await counts.update("taken", (value = 0) => value + 1)) as number) - 1;
        break;
      case "shared data":
        taken = data.get("taken")?.[0][0] ?? 0;
        data.set("taken", Uint8Array.of(taken + 1), 0);
    }
    if (taken >= 2) {
      return new Response(null, { status: 429 });
    }
  },
});
