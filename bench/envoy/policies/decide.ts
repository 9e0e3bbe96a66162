/** Decides many times a request by a table of limits, and tells what came of each decision and how long it took. */
import { definePolicy, Response } from "sluice";
import { instancePort } from "sluice/service";
import { type LimitTable, limitTable } from "../../../src/state/limit-table.js";

export default definePolicy({
  configure(context): { worker: number; tables: Record<string, LimitTable> } {
    const port = instancePort(context, "configure()");
    const table = (name: string, limit: number) =>
      limitTable(port, name, { tiers: [{ algorithm: "fixed", limit, milliseconds: 3_600_000 }] });
    return {
      // Tells workers apart.
      worker: Math.random(),
      tables: {
        many: table("many", 30),
        one: table("one", 200_000),
        clients: table("clients", 10),
        few: table("few", 1e9),
      },
    };
  },

  onRequest(request, { resources: { worker, tables } }) {
    const asked = request.headers.get("x-decide");
    if (asked === null) {
      return new Response("ok");
    }
    // How many decisions, by the table, for the keys `<prefix><first>` and on, below `keys`.
    const [table = "", prefix = "", first = "", keys = "", count = ""] = asked.split(" ");
    const limits = tables[table] as LimitTable;
    let allowed = "";
    const nanoseconds: number[] = [];
    for (let index = 0; index < Number(count); index++) {
      const key = prefix + String((Number(first) + index) % Number(keys));
      const began = performance.now();
      const allows = limits.take(key);
      const took = performance.now() - began;
      allowed += allows ? "1" : "0";
      nanoseconds.push(Math.round(took * 1e6));
    }
    const began = performance.now();
    const empty = Math.round((performance.now() - began) * 1e6);
    return new Response(JSON.stringify({ worker, allowed, nanoseconds, empty }));
  },
});
