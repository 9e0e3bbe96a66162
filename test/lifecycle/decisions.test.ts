import { describe, expect, it } from "vitest";
import { engines, inProcess, inProcessChain } from "../support/in-process.js";

/** A policy that leaves a trace of both phases. */
const tracing = (name: string, decide = "") => `
  async onRequest(request) {
    const head = await request.intoHeadersState();
    note("${name} request");
    ${decide}
    return Flow.Continue("${name}");
  },
  async onResponse(response, { requestData }) {
    const head = await response.intoHeadersState();
    note("${name} response " + (requestData.kind === "continue" ? "continue " + requestData.value : requestData.kind));
    head.headers.append("via", "${name}");
  }`;

describe.each(engines)("a filter that returns a promise on the %s engine", (engine) => {
  const later =
    "const later = async (value, error) => { await Promise.resolve(); if (error) throw error; return value; };";
  it.each([
    ["at once", ""],
    ["after it has waited", "await new Promise((resolve) => setTimeout(resolve, 1));"],
    ["after it has used the kit", "await request.intoHeadersState(); await Promise.resolve();"],
  ])("decides by what the promise holds: %s", async (_when, first) => {
    const kit = await inProcess(
      `async onRequest(request) { ${later} ${first} return later(Flow.Break(new Response(418))); }`,
      { engine },
    );
    const exchange = kit.get();
    await kit.advance(5);
    await exchange.settle();
    expect(exchange.client.status).toBe(418);
  });

  it.each(["", "await Promise.resolve();"])("fails when the promise is rejected", async (first) => {
    const kit = await inProcess(`async onRequest() { ${later} ${first} return later(0, new Error("later")); }`, {
      engine,
    });
    const exchange = kit.get();
    await kit.advance(5);
    await exchange.settle();
    expect(exchange.client.status).toBe(500);
  });
});

describe.each(engines)("a chain of three on the %s engine", (engine) => {
  it("is passed first to last, and back", async () => {
    const kit = await inProcessChain(
      [{ parts: tracing("a") }, { parts: tracing("b") }, { parts: tracing("c") }],
      engine,
    );
    const exchange = kit.get();
    await exchange.respond(200);
    expect(kit.notes).toEqual([
      "a request",
      "b request",
      "c request",
      "c response continue c",
      "b response continue b",
      "a response continue a",
    ]);
    expect(exchange.got("via")).toEqual(["c", "b", "a"]);
  });

  it.each([0, 1, 2])(
    "is answered by policy %d's request filter: those that had started see it, its own first",
    async (position) => {
      const policies = ["a", "b", "c"].map((name, index) => ({
        parts: tracing(name, index === position ? "return new Response(403).withBody('no');" : ""),
      }));
      const kit = await inProcessChain(policies, engine);
      const exchange = kit.get();
      await exchange.settle();
      const names = ["a", "b", "c"].slice(0, position + 1);
      const backwards = names.toReversed();
      expect(kit.notes).toEqual([
        ...names.map((name) => `${name} request`),
        ...backwards.map((name, index) => `${name} response ${index === 0 ? "break" : `continue ${name}`}`),
      ]);
      expect([exchange.client.status, exchange.client.body, exchange.got("via")]).toEqual([403, "no", backwards]);
      expect(exchange.forwarded).toBe(false);
    },
  );

  it.each([0, 1, 2])("is answered by policy %d's response filter: straight to the client", async (position) => {
    const answering = `
      async onResponse(response) { note("answers"); (await response.intoHeadersState()).sendResponse(new Response(502)); }`;
    const policies = ["a", "b", "c"].map((name, index) => ({ parts: index === position ? answering : tracing(name) }));
    const kit = await inProcessChain(policies, engine);
    const exchange = kit.get();
    await exchange.respond(200, [], "body");
    expect([exchange.client.status, exchange.client.body, exchange.got("via")]).toEqual([502, "", []]);
    expect(kit.notes.filter((text) => String(text).includes("response"))).toEqual(
      ["a", "b", "c"]
        .slice(position + 1)
        .toReversed()
        .map((name) => `${name} response continue ${name}`),
    );
  });

  it("changes bodies one after the other", async () => {
    const add = (name: string) => `
      async onRequest(request) { const state = await request.intoHeadersBodyState(); state.setBody(state.text() + "${name}"); },
      async onResponse(response) { const state = await response.intoHeadersBodyState(); state.setBody(state.text() + "${name}"); }`;
    const kit = await inProcessChain([{ parts: add("a") }, { parts: add("b") }, { parts: add("c") }], engine);
    const exchange = kit.post(["content-length", "1"]);
    await exchange.send("0", true);
    await exchange.respond(200, [], "0");
    expect([exchange.upstream.body, exchange.sent("content-length")]).toEqual(["0abc", ["4"]]);
    expect(exchange.client.body).toBe("0cba");
  });

  it.each(Array.from({ length: 12 }, (_value, seed) => seed))(
    "changes streams one after the other, whatever each waits for (%d)",
    async (seed) => {
      let random = seed + 1;
      const draw = (limit: number): number => (random = (random * 48271) % 2147483647) % limit;
      // Each turns a letter into the next: what is changed twice, or not at all, shows.
      const next = (waits: number[]) => `
      async onRequest(request) {
        const waits = ${JSON.stringify(waits)};
        let index = 0;
        await (await request.intoBodyStreamState()).transform(async function* (chunks) {
          for await (const chunk of chunks) {
            for (let i = waits[index++ % waits.length]!; i > 0; i--) await null;
            yield chunk.map((byte) => byte + 1);
          }
        });
      }`;
      const waits = (): number[] => Array.from({ length: 5 }, () => draw(12));
      const kit = await inProcessChain(
        [{ parts: next(waits()) }, { parts: next(waits()) }, { parts: next(waits()) }],
        engine,
      );
      const exchange = kit.post();
      for (let index = 0; index < 20; index++) {
        exchange.now.send("aa");
        for (let jobs = draw(20); jobs > 0; jobs--) {
          await Promise.resolve();
        }
      }
      exchange.now.send("", true);
      await kit.advance(5);
      expect(exchange.upstream.body).toBe("dd".repeat(20));
      expect(exchange.upstream.ended).toBe(true);
    },
  );
});

describe.each(engines)("what the response filter learns on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });
  const learn = `onResponse: async (_response, { requestData }) => { note(requestData); }`;

  it.each([
    ["onRequest: async () => {},", { kind: "continue", value: undefined }],
    ["onRequest: () => {},", { kind: "continue", value: undefined }],
    ["onRequest: async () => Flow.Continue(),", { kind: "continue", value: undefined }],
    ["onRequest: async () => Flow.Continue({ a: [1] }),", { kind: "continue", value: { a: [1] } }],
    ["onRequest: async () => Flow.Continue(null),", { kind: "continue", value: null }],
    ["onRequest: () => Flow.Continue(7),", { kind: "continue", value: 7 }],
    ["onRequest: () => Promise.resolve(Flow.Continue(7)),", { kind: "continue", value: 7 }],
    ["", { kind: "continue", value: undefined }],
  ])("%s", async (onRequest, data) => {
    const kit = await run(onRequest + learn);
    await kit.get().respond(200);
    expect(kit.notes).toEqual([data]);
  });

  it.each([
    "onRequest: async () => new Response(401),",
    "onRequest: async () => Flow.Break(new Response(401)),",
    "onRequest: () => new Response(401),",
  ])("break: %s", async (onRequest) => {
    const kit = await run(onRequest + learn);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual([{ kind: "break" }]);
    expect(exchange.client.status).toBe(401);
  });

  it("pending, while the request's stream is still read", async () => {
    const kit = await run(`
      async onRequest(request) {
        try { for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length); note("end"); }
        finally { note("finally"); }
      }, ${learn}`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.respondHead(200);
    await exchange.send("de");
    expect(kit.notes).toEqual([3, { kind: "pending" }, 2]);
    await exchange.send("f", true);
    await exchange.respondData("body", true);
    expect(kit.notes).toEqual([3, { kind: "pending" }, 2, 1, "end", "finally"]);
    expect(exchange.upstream.body).toBe("abcdef");
    expect(exchange.client.body).toBe("body");
  });

  it.each([
    ["async () => 7", "a number"],
    ["async () => ({ kind: 'break' })", "an object"],
    ["() => 'x'", "a string"],
    ["async () => null", "null"],
    ["async () => Object.create(null)", "an object"],
    ["async () => Symbol('s')", "a symbol"],
    ["async () => false", "a boolean"],
  ])("a request filter that returns nonsense fails: %s", async (filter, shown) => {
    const kit = await run(`onRequest: (${filter}) as any, ${learn}`);
    const exchange = kit.get();
    await exchange.settle();
    expect(exchange.client.status).toBe(500);
    expect(kit.notes).toEqual([{ kind: "cancel", reason: "failed" }]);
    expect(kit.lines.some((line) => line.includes("FILTER_RESULT") && line.includes(shown))).toBe(true);
  });

  it.each(["new Response(403)", "Flow.Break(new Response(403))", "Flow.Continue(1)"])(
    "a response filter that returns %s fails instead of being ignored",
    async (value) => {
      const kit = await run(`onResponse: (async () => ${value}) as any`);
      const exchange = kit.get();
      await exchange.respond(200, [], "secret");
      expect([exchange.client.status, exchange.client.body]).toEqual([500, "Internal Server Error\n"]);
      expect(kit.lines.some((line) => line.includes("FILTER_RESULT"))).toBe(true);
    },
  );

  it("an answer that may not be sent fails where it is made", async () => {
    const kit = await run(`
      async onRequest() { note(await codeOf(() => Flow.Break(new Response(204).withBody("x")))); note(await codeOf(() => Flow.Break({} as any))); return new Response(304).withHeaders({ "content-type": "a/b" }); }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual(["RESPONSE_BODY_FORBIDDEN", "FILTER_RESULT"]);
    expect(exchange.client.status).toBe(500);
  });

  it("an answer that comes when the response is on its way breaks the exchange off, and says so", async () => {
    const kit = await run(`
      async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) if (chunk.length === 2) return new Response(403); }`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.respondHead(200);
    await exchange.send("de");
    expect(exchange.client.resets).toBe(1);
    expect(kit.lines.some((line) => line.includes("ANSWER_TOO_LATE"))).toBe(true);
    expect(exchange.upstream.body).toBe("abc");
  });
});
