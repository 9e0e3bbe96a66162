/** Which exchanges the guest asks its engine to keep: an engine need not deliver any more events of the others. */
import { describe, expect, it } from "vitest";
import { type Engine, engines, inProcess } from "../support/in-process.js";

const exchange = async (
  engine: Engine,
  parts: string,
  method: "GET" | "POST" = "GET",
  partialRequests: "prevent" | "allow" = "prevent",
) => {
  const kit = await inProcess(parts, { engine, partialRequests });
  const run = method === "GET" ? kit.get() : kit.post();
  await run.settle();
  return { kit, run, kept: kit.asked.kept.length };
};

describe.each(engines)("on the %s engine, an exchange is not kept", (engine) => {
  it.each([
    ["whose plain filter lets it go on", "onRequest: () => {},"],
    [
      "whose filter has looked at the headers",
      'async onRequest(request) { (await request.intoHeadersState()).headers.has("a"); return Flow.Continue(); },',
    ],
    [
      "whose headers the filter has changed",
      'async onRequest(request) { (await request.intoHeadersState()).headers.set("a", "b"); },',
    ],
    ["that is answered", "async onRequest() { return Flow.Break(new Response(401)); },"],
    ["whose filter throws", 'onRequest() { throw new Error("x"); },'],
    ["whose policy does nothing", ""],
  ])("%s", async (_name, parts) => {
    expect((await exchange(engine, parts)).kept).toBe(0);
    expect((await exchange(engine, parts, "POST")).kept).toBe(0);
  });

  it("whose body was asked for where there is none", async () => {
    expect((await exchange(engine, "async onRequest(request) { await request.intoBodyState(); },")).kept).toBe(0);
  });

  it("and its further events let it go on", async () => {
    const { run, kept } = await exchange(engine, "onRequest: () => {},", "POST");
    await run.send("abc", true);
    await run.respond(200, [], "hello");
    expect(kept).toBe(0);
    expect([run.upstream.body, run.client.status, run.client.body]).toEqual(["abc", 200, "hello"]);
  });
});

describe.each(engines)("on the %s engine, an exchange is kept", (engine) => {
  it.each([
    ["whose filter awaits the clock", "async onRequest(_request, { clock }) { await clock.sleep(5); },"],
    [
      "whose filter awaits a call",
      'async onRequest(_request, context) { await upstream(context, "auth").fetch("/"); },',
    ],
    ["whose policy has a response filter", "onResponse: () => {},"],
    ["whose policy has both filters", "onRequest: () => {}, onResponse: () => {},"],
    [
      "that was answered by a policy with a response filter",
      "onRequest: () => new Response(401), onResponse: () => {},",
    ],
    ["whose policy has onDone", "onDone: () => {},"],
    ["that waits for configure()", "configure: () => new Promise(() => {}), onRequest: () => {},"],
  ])("%s", async (_name, parts) => {
    expect((await exchange(engine, parts)).kept).toBe(1);
  });

  it.each([
    ["whose body is gathered", "async onRequest(request) { await request.intoBodyState(); },"],
    [
      "whose body is read as a stream",
      "async onRequest(request) { for await (const _ of (await request.intoBodyStreamState()).stream); },",
    ],
    [
      "whose body is still transformed when the filter has ended",
      "async onRequest(request) { void (await request.intoBodyStreamState()).transform(async function* (chunks) { yield* chunks; }); },",
    ],
  ])("%s", async (_name, parts) => {
    expect((await exchange(engine, parts, "POST")).kept).toBe(1);
  });
});

describe.each(engines)("on the %s engine, no more events of an exchange are wanted", (engine) => {
  it.each([
    ["whose response a plain filter lets go on", "onResponse: () => {},"],
    [
      "of which both filters have changed the head",
      `async onRequest(request) { (await request.intoHeadersState()).headers.set("a", "b"); return Flow.Continue(1); },
       async onResponse(response) { (await response.intoHeadersState()).headers.delete("server"); },`,
    ],
    ["whose response filter failed, and may", 'onResponse() { throw new Error("x"); },'],
  ])("%s", async (name, parts) => {
    const allowed = name.includes("may") ? { onError: "allow" as const } : {};
    const kit = await inProcess(parts, { engine, ...allowed });
    const run = kit.post();
    await run.send("abc", true);
    await run.respondHead(200);
    expect(kit.asked.forgotten).toEqual(kit.asked.kept);
    await run.respondData("hello");
    await run.respondTrailers("t", "1");
    expect([run.upstream.body, run.client.status, run.client.body]).toEqual(["abc", 200, "hello"]);
    expect(run.client.trailers).toEqual(["t", "1"]);
  });
});

describe.each(engines)(
  "on the %s engine, more events of an exchange are wanted when its response has begun",
  (engine) => {
    it.each([
      ["whose policy has onDone", "onDone: () => {},"],
      ["whose response filter awaits the clock", "async onResponse(_response, { clock }) { await clock.sleep(5); },"],
      ["whose response is gathered", "async onResponse(response) { await response.intoBodyState(); },"],
      [
        "whose response is read as a stream",
        "async onResponse(response) { for await (const _ of (await response.intoBodyStreamState()).stream); },",
      ],
      [
        "whose response is still transformed when the filter has ended",
        "async onResponse(response) { void (await response.intoBodyStreamState()).transform(async function* (chunks) { yield* chunks; }); },",
      ],
      ["of which code may still run", "onResponse() { setTimeout(() => {}, 50); },"],
    ])("%s", async (_name, parts) => {
      const kit = await inProcess(parts, { engine });
      const run = kit.get();
      await run.respondHead(200);
      expect(kit.asked.forgotten).toEqual([]);
      await run.vanish();
    });

    it("whose request is still read as a stream", async () => {
      const parts =
        "async onRequest(request) { for await (const _ of (await request.intoBodyStreamState()).stream); }, onResponse: () => {},";
      const kit = await inProcess(parts, { engine });
      const run = kit.post();
      await run.send("abc");
      await run.respondHead(200);
      expect(kit.asked.forgotten).toEqual([]);
      await run.vanish();
    });
  },
);

it("a filter that awaits promises which are settled inside its event is over with it", async () => {
  const parts = "async onRequest() { await Promise.resolve(); },";
  expect((await exchange("strict", parts)).kept).toBe(0);
  expect((await exchange("native", parts)).kept).toBe(1);
});

describe("the limits of a policy's code", () => {
  const limitsOf = async (pluginConfiguration: object) =>
    (await inProcess("onRequest: () => {},", { pluginConfiguration })).asked.limits;

  it("are told to the engine", async () => {
    expect(
      await limitsOf({ config: {}, sluice: { limits: { callbackMilliseconds: 250, memoryBytes: 1_000_000 } } }),
    ).toEqual([[250, 1_000_000]]);
    expect(await limitsOf({ config: {}, sluice: {} })).toEqual([[100, 67_108_864]]);
    expect(await limitsOf({})).toEqual([[100, 67_108_864]]);
  });

  it.each([{ callbackMilliseconds: 0 }, { callbackMilliseconds: 1.5 }, { memoryBytes: "64MiB" }, { memoryBytes: -1 }])(
    "are refused: %o",
    async (limits) => {
      await expect(limitsOf({ config: {}, sluice: { limits } })).rejects.toMatchObject({
        code: "CONFIG_REFUSED",
        message: expect.stringMatching(/sluice\.limits\.\w+: expected a whole number from 1 to/) as string,
      });
    },
  );
});
