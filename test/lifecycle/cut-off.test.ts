/** Code that runs too long is ended by the engine: the exchange fails, and nothing of the policy runs for it any more. */
import { describe, expect, it } from "vitest";
import { type InProcess, type InProcessOptions, inProcess } from "../support/in-process.js";

const limited = (parts: string, options: InProcessOptions = {}): Promise<InProcess> =>
  inProcess(parts, { engine: "limited", ...options });

/** Loops where the request has `x-loop`; nothing of the rest may run then. */
const looping = (where: string): string => `
  if ((await request.intoHeadersState()).headers.has("x-loop")) {
    signal.addEventListener("abort", () => note("aborted"));
    try { ${where} for (;;); } catch { note("caught"); } finally { note("finally"); }
  }`;
const silent = 'onResponse: () => { note("onResponse"); }, onDone: () => { note("onDone"); },';
const loop = ["x-loop", "1"];

const loopLogs = (kit: InProcess): string[] =>
  kit.logs.filter(({ msg }) => msg.startsWith("FILTER_LOOP")).map(({ msg }) => msg);

describe.each(["deny", "allow"] as const)("a request filter that loops, with onError: %s,", (onError) => {
  it.each([
    ["in the request's event", ""],
    ["in a promise job", "await Promise.resolve();"],
    ["in an async function that it calls", "await (async () => { await null; for (;;); })();"],
  ])("%s is answered 500, and nothing else of the policy runs", async (_name, where) => {
    const kit = await limited(`async onRequest(request, { signal }) { ${looping(where)} }, ${silent}`, { onError });
    const run = kit.get(loop);
    await kit.advance(60_000);
    expect([run.client.status, run.client.body, run.forwarded, kit.notes]).toEqual([
      500,
      "Internal Server Error\n",
      false,
      [],
    ]);
    expect(loopLogs(kit)).toEqual(["FILTER_LOOP: the request filter ran longer than 100 ms without a pause."]);
    await kit.get().respond(200);
    expect(kit.notes).toEqual(["onResponse", "onDone"]);
  });

  it("after it had awaited the clock is answered 500", async () => {
    const kit = await limited(
      `async onRequest(request, { signal, clock }) { ${looping("await clock.sleep(5);")} }, ${silent}`,
      { onError },
    );
    const run = kit.get(loop);
    await kit.advance(5);
    await kit.advance(60_000);
    expect([run.client.status, run.forwarded, kit.notes, loopLogs(kit).length]).toEqual([500, false, [], 1]);
  });

  it("on the gathered body is answered 500", async () => {
    const kit = await limited(
      `async onRequest(request, { signal }) { ${looping("await request.intoBodyState();")} }, ${silent}`,
      { onError },
    );
    const run = kit.post(loop);
    await run.send("abc", true);
    await kit.advance(60_000);
    expect([run.client.status, run.forwarded, kit.notes, loopLogs(kit).length]).toEqual([500, false, [], 1]);
  });

  it("in a callback of setTimeout, after its end, fails the exchange", async () => {
    const kit = await limited(`onRequest() { setTimeout(() => { for (;;); }, 5); }, ${silent}`, { onError });
    const run = kit.get();
    await kit.advance(5);
    expect([run.client.status, kit.notes, loopLogs(kit).length]).toEqual([500, [], 1]);
  });
});

describe("a response filter that loops", () => {
  it("on the head is answered 500", async () => {
    const kit = await limited(`onResponse() { for (;;); }, onDone() { note("onDone"); },`);
    const run = kit.get();
    await run.respond(200, [], "secret");
    expect([run.client.status, run.client.body, kit.notes]).toEqual([500, "Internal Server Error\n", []]);
    expect(loopLogs(kit)).toEqual(["FILTER_LOOP: the response filter ran longer than 100 ms without a pause."]);
  });

  it("when the head is out has the response broken off", async () => {
    const kit = await limited(`async onResponse(response) {
      try { for await (const _ of (await response.intoBodyStreamState()).stream) for (;;); } finally { note("finally"); }
    },`);
    const run = kit.get();
    await run.respondHead(200);
    await run.respondData("a");
    await run.settle();
    expect([run.client.status, run.client.ended, run.client.resets, kit.notes]).toEqual([200, false, 1, []]);
  });

  it("after sendResponse leaves that answer", async () => {
    const kit = await limited(
      `async onResponse(response) { (await response.intoHeadersState()).sendResponse(new Response(418)); for (;;); },`,
    );
    const run = kit.get();
    await run.respond(200);
    expect(run.client.status).toBe(418);
  });
});

it("an onDone that loops harms nobody", async () => {
  const kit = await limited("onDone: () => { for (;;); },");
  for (let round = 0; round < 2; round++) {
    const run = kit.get();
    await run.respond(204);
    expect(run.client.status).toBe(204);
  }
  expect(loopLogs(kit)).toEqual(Array(2).fill("FILTER_LOOP: onDone ran longer than 100 ms without a pause."));
});

describe("a filter that is resumed in another exchange's event and loops there", () => {
  it("in a promise job fails alone", async () => {
    const kit = await limited(`async onRequest(request) {
      const shared = globalThis.__test as { wake?: () => void };
      if ((await request.intoHeadersState()).headers.has("x-wake")) { shared.wake?.(); return; }
      await new Promise<void>((resolve) => { shared.wake = resolve; });
      for (;;);
    },`);
    const first = kit.get();
    await first.settle();
    const second = kit.get(["x-wake", "1"]);
    await kit.advance(1);
    await second.respond(200);
    expect([first.client.status, second.client.status, loopLogs(kit).length]).toEqual([500, 200, 1]);
  });

  it("before that event was answered fails both", async () => {
    const kit = await limited(`async onRequest(request) {
      const shared = globalThis.__test as { body?: Promise<unknown> };
      if (shared.body !== undefined) { await shared.body; for (;;); }
      shared.body = request.intoBodyState();
      await new Promise<void>(() => {});
    }, ${silent}`);
    const first = kit.post();
    await first.settle();
    const second = kit.get();
    await second.settle();
    await first.send("abc", true);
    await kit.advance(1);
    expect([first.client.status, second.client.status, kit.upstreams.forwards.length, kit.notes]).toEqual([
      500,
      500,
      0,
      [],
    ]);
  });
});

it("a promise of an exchange that was cut off has no effect on it later, and its async functions do not go on", async () => {
  const kit = await limited(`async onRequest(request, { clock }) {
    const { headers } = await request.intoHeadersState();
    void clock.sleep(5).then(() => { try { headers.set("a", "b"); } catch (error: any) { note(error.code); } });
    void clock.sleep(5).then(async () => { note("an async function"); await null; note("after an await"); });
    void (async () => { await clock.sleep(5); note("an async function goes on"); })();
    setTimeout(() => note("setTimeout"), 5);
    for (;;);
  },`);
  const run = kit.get();
  await kit.advance(5);
  expect([run.client.status, run.forwarded, kit.notes]).toEqual([500, false, ["STATE_CONSUMED", "an async function"]]);
});
