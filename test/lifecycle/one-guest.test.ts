/** Policies of one guest: to the host they are one filter, to each other they are what filters of their own would be. */
import { describe, expect, it } from "vitest";
import { engines, type InProcess, inOneGuest } from "../support/in-process.js";

const tells = `onRequest(request) { note(\`request \${request.headers.get("x-trail") ?? "none"}\`); },
  onResponse(response, { requestData }) { note(\`response \${response.status} \${requestData.kind}\`); response.headers.append("x-seen", requestData.kind); },
  onDone(exchange) { note(\`done \${exchange.outcome}\`); },`;

const logsOf = (kit: InProcess, policy: string): string[] =>
  kit.logs.filter((line) => line.policy === policy).map(({ msg }) => msg);

describe.each(engines)("policies of one guest, on the engine %s,", (engine) => {
  it("see what those before them changed, first to last and back", async () => {
    const step = (name: string): string =>
      `onRequest(request) { request.headers.append("x-trail", "${name}"); note([...request.headers.getAll("x-trail")].join()); },
       onResponse(response) { response.headers.append("x-trail", "${name}"); },`;
    const kit = await inOneGuest([{ parts: step("a") }, { parts: step("b") }, { parts: step("c") }], engine);
    const run = kit.get();
    await run.respond(200);
    expect([kit.notes, run.sent("x-trail"), run.got("x-trail")]).toEqual([
      ["a", "a,b", "a,b,c"],
      ["a", "b", "c"],
      ["c", "b", "a"],
    ]);
  });

  it("do so where one of them awaits something", async () => {
    const step = (name: string, wait = ""): string =>
      `async onRequest(request, { clock }) { ${wait} request.headers.append("x-trail", "${name}"); },
       async onResponse(response, { clock }) { ${wait} response.headers.append("x-trail", "${name}"); },`;
    const kit = await inOneGuest(
      [{ parts: step("a") }, { parts: step("b", "await clock.sleep(5);") }, { parts: step("c") }],
      engine,
    );
    const run = kit.get();
    await kit.advance(4);
    expect(run.forwarded).toBe(false);
    await kit.advance(1);
    expect(run.sent("x-trail")).toEqual(["a", "b", "c"]);
    await run.respond(200, [], "body");
    expect(run.client.heads).toBe(0);
    await kit.advance(5);
    expect([run.got("x-trail"), run.client.body]).toEqual([["c", "b", "a"], "body"]);
  });

  it.each([0, 1, 2])("answer to those that have seen the request: the one at %d", async (place) => {
    const answers = `async onRequest(request) { await null; return new Response("no", { status: 403 }); }, ${tells.slice(tells.indexOf("onResponse"))}`;
    const kit = await inOneGuest(
      [0, 1, 2].map((index) => ({ parts: index === place ? answers : tells })),
      engine,
    );
    const run = kit.post();
    await run.send("abc", true);
    expect([run.client.status, run.client.body, run.forwarded]).toEqual([403, "no", false]);
    expect(run.got("x-seen")).toEqual(["break", ...Array<string>(place).fill("continue")]);
    expect(kit.notes.filter((note) => String(note).startsWith("done"))).toEqual([
      ...Array<string>(place).fill("done continue"),
      "done break",
    ]);
  });

  it("answer without a body while another one holds the response that has come before: the client gets none", async () => {
    const answers = `async onRequest(request) {
      for await (const _ of (await request.intoBodyStreamState()).stream);
      return new Response(null, { status: 403 });
    }, onResponse() {},`;
    const holds = "async onResponse(response) { await response.intoHeadersBodyState(); },";
    const kit = await inOneGuest([{ parts: answers }, { parts: holds }], engine);
    const run = kit.post();
    await run.send("a");
    await run.respondHead(200);
    await run.respondData("early");
    await run.send("b", true);
    expect([run.client.status, run.client.body, run.got("content-type")]).toEqual([403, "", []]);
  });

  it("fail alone: the others see the answer, and go on with the next exchange", async () => {
    const throws = `onRequest(request) { if (request.headers.has("x-throw")) throw new Error("oops"); },`;
    const kit = await inOneGuest([{ parts: tells }, { parts: throws }, { parts: tells }], engine);
    const failed = kit.get(["x-throw", "1"]);
    await failed.settle();
    expect([failed.client.status, kit.notes]).toEqual([
      500,
      ["request none", "response 500 continue", "done continue"],
    ]);
    expect(logsOf(kit, "p1")).toEqual(["POLICY_FAILED: the request filter failed"]);
    const next = kit.get();
    await next.respond(200);
    expect(next.client.status).toBe(200);
  });

  const waits = "async onRequest(request, { clock }) { await clock.sleep(5); },";
  const transforms = `async onRequest(request) {
    await (await request.intoBodyStreamState()).transform(async function* (chunks) { for await (const chunk of chunks) { yield chunk.map((byte) => byte - 32); } });
  },`;

  it("replace in the next event what has come while one of them awaited something, up to the limit of what is kept", async () => {
    const kit = await inOneGuest(
      [
        { parts: waits, bodyBytes: 4 },
        { parts: transforms, bodyBytes: 4 },
      ],
      engine,
    );
    const run = kit.post();
    await run.send("abcd");
    await kit.advance(5);
    await run.send("e", true);
    await kit.advance(1);
    expect([run.upstream.body, run.upstream.ended]).toEqual(["ABCDE", true]);
  });

  it("answer 413 above it, since no event may come any more", async () => {
    const kit = await inOneGuest(
      [
        { parts: waits, bodyBytes: 4 },
        { parts: transforms, bodyBytes: 4 },
      ],
      engine,
    );
    const run = kit.post();
    await run.send("abcde");
    await kit.advance(5);
    expect([run.client.status, run.forwarded]).toEqual([413, false]);
    expect(logsOf(kit, "p1")[0]).toContain("BODY_TOO_LARGE");
  });

  it("let go above it where none of them replaces anything", async () => {
    const reads =
      "async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length); },";
    const kit = await inOneGuest(
      [
        { parts: waits, bodyBytes: 4 },
        { parts: reads, bodyBytes: 4 },
      ],
      engine,
    );
    const run = kit.post();
    await run.send("abcde");
    await kit.advance(5);
    expect([run.upstream.body, kit.notes]).toEqual(["abcde", [5]]);
  });

  it("may fail open, each by its own setting", async () => {
    const throws = `onRequest(request) { request.headers.set("x-own", "1"); throw new Error("oops"); },`;
    const kit = await inOneGuest([{ parts: throws, onError: "allow" }, { parts: tells }], engine);
    const run = kit.get();
    await run.respond(200);
    expect([run.client.status, run.sent("x-own"), kit.notes[0]]).toEqual([200, [], "request none"]);
  });

  it.each(["deny", "allow"] as const)(
    "answer 500 where one replaces what can only go on as it came, with onError: %s",
    async (onError) => {
      const kit = await inOneGuest(
        [
          { parts: waits },
          { parts: "async onRequest(request) { (await request.intoBodyState()).setBody('x'); },", onError },
        ],
        engine,
      );
      const run = kit.post();
      await run.send("abc");
      await run.sendTrailers("x-end", "7");
      await kit.advance(5);
      expect([run.client.status, run.forwarded, logsOf(kit, "p1")[0]]).toEqual([
        500,
        false,
        "POLICY_FAILED: the request filter failed",
      ]);
    },
  );

  it("answer 503 for one that cannot be configured, and the others begin once", async () => {
    const kit = await inOneGuest(
      [
        { parts: `configure() { note("first"); }, ${tells}` },
        {
          parts: `configure() { note("second"); if (globalThis.__test.notes.length < 4) throw new Error("not yet"); },`,
        },
      ],
      engine,
    );
    await kit.settle();
    const refused = kit.get();
    await refused.settle();
    expect([refused.client.status, refused.got("x-seen")]).toEqual([503, ["continue"]]);
    expect(logsOf(kit, "p1")[0]).toContain("CONFIGURE_FAILED");
    await kit.advance(1_000);
    const served = kit.get();
    await served.respond(200);
    expect(served.client.status).toBe(200);
    expect(kit.notes.filter((note) => note === "first")).toHaveLength(1);
  });

  it("have timers of their own: what one of them throws stops nobody's", async () => {
    const kit = await inOneGuest(
      [
        {
          parts: "configure() { setTimeout(() => { throw new Error('oops'); }, 5); setTimeout(() => note('a'), 10); },",
        },
        { parts: "configure() { setTimeout(() => note('b'), 5); setTimeout(() => note('c'), 7); }," },
      ],
      engine,
    );
    await kit.advance(5);
    await kit.advance(2);
    await kit.advance(3);
    expect(kit.notes).toEqual(["b", "c", "a"]);
    expect([logsOf(kit, "p0"), logsOf(kit, "p1")]).toEqual([["A callback of setTimeout threw"], []]);
  });

  it("get the replies to their own calls", async () => {
    const calls = (name: string): string => `async onRequest(request, context) {
      request.headers.set("x-${name}", await (await upstream(context, "auth").fetch("/${name}")).text());
    },`;
    const kit = await inOneGuest([{ parts: calls("a") }, { parts: calls("b") }], engine);
    const run = kit.get();
    for (const body of ["one", "two"]) {
      await run.settle();
      kit.upstreams.calls.at(-1)!.done({ ok: true, status: 200, headers: [], body: Buffer.from(body), trailers: [] });
      await run.settle();
    }
    expect([run.sent("x-a"), run.sent("x-b")]).toEqual([["one"], ["two"]]);
  });

  it("are named where their code throws and nobody waits", async () => {
    const kit = await inOneGuest(
      [
        { parts: "onRequest() { queueMicrotask(() => { throw new Error('a'); }); }," },
        { parts: "onRequest() { queueMicrotask(() => { throw new Error('b'); }); }," },
      ],
      engine,
    );
    await kit.get().respond(200);
    expect([logsOf(kit, "p0"), logsOf(kit, "p1")]).toEqual(Array(2).fill(["A callback of queueMicrotask threw"]));
  });

  describe("when the first fails on an answer of the second", () => {
    const fails = "async onResponse(response) { await null; throw new Error('oops'); },";

    it.each([
      ["with a body", `new Response("no", { status: 403 })`],
      ["without a body", "new Response(403)"],
    ])("%s the client gets the fixed answer", async (_what, answer) => {
      const kit = await inOneGuest([{ parts: fails }, { parts: `onRequest() { return ${answer}; },` }], engine);
      const run = kit.get();
      await run.settle();
      expect([run.client.status, run.client.body, run.client.ended]).toEqual([500, "Internal Server Error\n", true]);
    });

    it("that it has gathered the client gets the fixed answer", async () => {
      const kit = await inOneGuest(
        [
          { parts: "async onResponse(response) { await response.intoBodyState(); throw new Error('oops'); }," },
          { parts: `onRequest() { return new Response("no", { status: 403 }); },` },
        ],
        engine,
      );
      const run = kit.get();
      await run.settle();
      expect([run.client.status, run.client.body, run.client.ended]).toEqual([500, "Internal Server Error\n", true]);
    });

    it("by an answer of its own the client gets that", async () => {
      const kit = await inOneGuest(
        [
          {
            parts:
              "onResponse(response) { response.sendResponse(new Response('mine', { status: 418, headers: { 'x-a': '1' } })); },",
          },
          { parts: `onRequest() { return new Response("no", { status: 403, headers: { "x-b": "1" } }); },` },
        ],
        engine,
      );
      const run = kit.get();
      await run.settle();
      expect([run.client.status, run.client.body, run.got("x-a"), run.got("x-b")]).toEqual([418, "mine", ["1"], []]);
    });
  });
});

it("all configurations that are refused are told at once", async () => {
  const needs = (key: string): string => `config: {
    "~standard": { version: 1, vendor: "test", validate: (value: any) => value.${key} ? { value } : { issues: [{ message: "expected it", path: ["${key}"] }] } },
  } as any, onRequest() {},`;
  await expect(
    inOneGuest([{ parts: needs("a") }, { parts: "onRequest() {}," }, { parts: needs("b") }]),
  ).rejects.toThrow(/config\.a: expected it[^]*config\.b: expected it/);
});

describe("code of one of several policies that is cut off", () => {
  const loops = `onRequest(request) { if (request.headers.has("x-loop")) for (;;); },`;
  const loop = ["x-loop", "1"];

  it("fails its exchange alone, of which the others see the answer", async () => {
    const waits = `async onRequest(request, { clock }) { if (request.headers.has("x-wait")) await clock.sleep(50); },`;
    const kit = await inOneGuest([{ parts: tells }, { parts: loops }, { parts: waits }], "limited");
    const waiting = kit.get(["x-wait", "1"]);
    await waiting.settle();
    const cut = kit.get(loop);
    await cut.settle();
    expect([cut.client.status, cut.got("x-seen"), cut.forwarded]).toEqual([500, ["continue"], false]);
    expect(logsOf(kit, "p1")).toEqual(["FILTER_LOOP: the request filter ran longer than 100 ms without a pause."]);
    await kit.advance(50);
    expect(waiting.forwarded).toBe(true);
    await waiting.respond(200);
    expect(waiting.client.status).toBe(200);
  });

  it("behind one that has awaited something, too", async () => {
    const sleeps = "async onRequest(_request, { clock }) { await clock.sleep(5); },";
    const kit = await inOneGuest([{ parts: tells }, { parts: sleeps }, { parts: loops }], "limited");
    const cut = kit.get(loop);
    await kit.advance(1);
    const other = kit.get();
    await kit.advance(4);
    await kit.advance(1);
    expect([cut.client.status, cut.got("x-seen")]).toEqual([500, ["continue"]]);
    await other.respond(200);
    expect(other.client.status).toBe(200);
    const next = kit.get();
    await kit.advance(5);
    await next.respond(200);
    expect(next.client.status).toBe(200);
  });

  it("in a timer leaves the timers of the others", async () => {
    const kit = await inOneGuest(
      [
        { parts: "configure() { setTimeout(() => { for (;;); }, 5); }," },
        { parts: "configure() { setTimeout(() => note('b'), 5); }," },
      ],
      "limited",
    );
    await kit.advance(5);
    await kit.advance(1);
    expect(kit.notes).toEqual(["b"]);
    expect([logsOf(kit, "p0"), logsOf(kit, "p1")]).toEqual([
      ["FILTER_LOOP: code that nobody waits for ran longer than 100 ms without a pause."],
      [],
    ]);
  });
});
