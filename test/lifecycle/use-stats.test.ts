/** What operators are told of a use of a policy whatever it does, in process; the same on sockets: test/gateway and test/envoy. */
import { describe, expect, it } from "vitest";
import { engines, type InProcess, inProcess, inProcessChain } from "../support/in-process.js";

/** The counters that are not 0, without what they all have in common. */
function counted(kit: InProcess): Record<string, number> {
  return Object.fromEntries(
    [...kit.shared.metrics.values()].flatMap(([name, value]) =>
      name.startsWith("sluice_") && value > 0 ? [[name.slice("sluice_".length), value]] : [],
    ),
  );
}

describe.each(engines)("each use of a policy on the %s engine", (engine) => {
  it("counts the requests that come to it, and not those that others answer before", async () => {
    const kit = await inProcessChain(
      [
        {
          name: "front",
          parts: `onRequest(request) { if (request.headers.has("x-no")) return new Response("no", { status: 403 }); }`,
        },
        { name: "behind", parts: "onResponse() {}" },
      ],
      engine,
    );
    await kit.get().respond(200);
    kit.get(["x-no", "1"]);
    await kit.settle();
    expect(counted(kit)).toEqual({
      "exchanges;policy=front": 2,
      "breaks;policy=front": 1,
      "exchanges;policy=behind": 1,
    });
  });

  it("counts a limit on its time as a failure, and what others decide as a cancel", async () => {
    const kit = await inProcess(`async onRequest(_request, { clock }) { await clock.sleep(40_000); }`, {
      engine,
      name: "slow",
    });
    const exchange = kit.get();
    await kit.advance(30_000);
    expect(exchange.client.status).toBe(500);
    const other = kit.get();
    await other.vanish();
    expect(counted(kit)).toEqual({
      "exchanges;policy=slow": 2,
      "failures;policy=slow": 1,
      "cancels;policy=slow": 1,
    });
  });

  it("has no metrics where its host wants none, or has no name for it", async () => {
    const settings = [{ sluice: { name: "p", metrics: false } }, { sluice: {} }, {}];
    for (const pluginConfiguration of settings) {
      const kit = await inProcess("onRequest() {}", { engine, pluginConfiguration });
      await kit.get().respond(200);
      expect([...kit.shared.metrics.values()]).toEqual([]);
    }
  });

  it("has the names of policy and route in its metrics as labels, whatever these are", async () => {
    const pluginConfiguration = { sluice: { name: "a;b=c", route: "über" } };
    const kit = await inProcess("onRequest() {}", { engine, pluginConfiguration });
    await kit.get().respond(200);
    expect(counted(kit)).toEqual({ "exchanges;policy=a_b=c;route=_ber": 1 });
  });
});
