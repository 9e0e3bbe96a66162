/** Metrics of policies, as their host keeps them. */
import { describe, expect, it } from "vitest";
import { engines, type InProcess, inProcessChain } from "../support/in-process.js";

const counting = `
  configure(context) {
    gauge(context, "ready").set(1);
    return { requests: counter(context, "requests", { labels: ["method"] }) };
  },
  async onRequest(request, { resources }) { resources.requests.with({ method: (await request.intoHeadersState()).method }).increment(); },
  onResponse(_response, context) { counter(context, "responses").increment(); },
  onDone({ durations }, context) { histogram(context, "milliseconds").record(durations.total); gauge(context, "ready").add(1); }`;

/** What there is without a policy's doing: `use-stats.test.ts`. */
function ofPolicies(kit: InProcess): [name: string, value: number][] {
  return [...kit.shared.metrics.values()].filter(([name]) => !name.startsWith("sluice_"));
}

describe.each(engines)("metrics on the %s engine", (engine) => {
  it("can be made and counted in configure, in the filters and at the end", async () => {
    const kit = await inProcessChain([{ parts: counting, name: "counting" }], engine);
    await kit.settle();
    expect(ofPolicies(kit)).toEqual([["ready;policy=counting", 1]]);
    await kit.get().respond(200);
    await kit.get([], "PUT").respond(200);
    await kit.get([], "PUT").respond(200);
    expect(ofPolicies(kit).sort()).toEqual([
      ["ready;policy=counting", 4],
      ["requests;policy=counting;method=GET", 1],
      ["requests;policy=counting;method=PUT", 2],
      ["responses;policy=counting", 3],
    ]);
  });

  it("of two uses of a policy are apart", async () => {
    const kit = await inProcessChain(
      [
        { parts: counting, name: "a" },
        { parts: counting, name: "b" },
      ],
      engine,
    );
    await kit.settle();
    await kit.get().respond(200);
    expect(ofPolicies(kit).filter(([name]) => name.startsWith("responses"))).toEqual([
      ["responses;policy=b", 1],
      ["responses;policy=a", 1],
    ]);
  });

  it("fail the filter, not the gateway, when they are used wrongly", async () => {
    const kit = await inProcessChain(
      [{ parts: `onRequest(_request, context) { counter(context, "no name"); }` }],
      engine,
    );
    const exchange = kit.get();
    await kit.settle();
    expect(exchange.client.status).toBe(500);
    expect(kit.logs[0]).toMatchObject({ error: { code: "METRIC_DEFINITION" } });
  });
});
