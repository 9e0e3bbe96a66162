import { describe, expect, it } from "vitest";
import { engines, inProcess } from "../support/in-process.js";

const readBody = `
  async onRequest(request) {
    const state = await request.intoBodyState();
    note([state.containsBody, state.text(), state.trailers?.get("t") ?? null]);
  }`;

const replaceBody = `
  async onRequest(request) {
    const state = await request.intoHeadersBodyState();
    note(state.text());
    state.setBody("replaced: " + state.text());
    state.headers.set("x-length", String(state.bytes().length));
  }`;

/** The filter awaits a call, with whatever else arriving meanwhile, and then goes on. */
const afterCall = (rest: string) => `
  async onRequest(request, context) {
    const head = await request.intoHeadersState();
    note((await upstream(context, "auth").fetch("/check")).status);
    ${rest}
  }`;

const answerCall = async (kit: Awaited<ReturnType<typeof inProcess>>): Promise<void> => {
  await kit.settle();
  kit.upstreams.calls.at(-1)?.done({ ok: true, status: 200, headers: [], body: new Uint8Array(0), trailers: [] });
  await kit.settle();
};

describe.each(engines)("gathered request bodies on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  describe.each(["prevent", "allow"] as const)("with partialRequests: %s", (partialRequests) => {
    it("are whole, and go on as they came", async () => {
      const kit = await run(readBody, { partialRequests });
      const exchange = kit.post(["content-length", "6"]);
      await exchange.send("ab");
      expect(exchange.forwarded).toBe(partialRequests === "allow");
      await exchange.send("cd");
      await exchange.send("ef", true);
      expect(kit.notes).toEqual([[true, "abcdef", null]]);
      expect(exchange.upstream.body).toBe("abcdef");
      expect(exchange.upstream.ended).toBe(true);
      expect(exchange.sent("content-length")).toEqual(partialRequests === "prevent" ? ["6"] : []);
    });

    it("are empty where there is none", async () => {
      const kit = await run(
        `
        async onRequest(request) {
          const state = await request.intoBodyState();
          note([state.containsBody, state.bytes().length]);
          note(await codeOf(() => state.setBody("x")));
        }`,
        { partialRequests },
      );
      const exchange = kit.get();
      await exchange.settle();
      expect(kit.notes).toEqual([[false, 0], "NO_BODY"]);
      expect(exchange.upstream.endOfStream).toBe(true);
    });

    it("may be empty though one was announced, and be replaced then", async () => {
      const kit = await run(
        `
        async onRequest(request) {
          const state = await request.intoBodyState();
          note([state.containsBody, state.bytes().length]);
          state.setBody("filled");
        }`,
        { partialRequests },
      );
      const exchange = kit.post(["transfer-encoding", "chunked"]);
      await exchange.send("", true);
      expect(kit.notes).toEqual([[true, 0]]);
      expect(exchange.upstream.body).toBe("filled");
    });

    it("come with their trailers", async () => {
      const kit = await run(readBody, { partialRequests });
      const exchange = kit.post();
      await exchange.send("body");
      await exchange.sendTrailers("t", "1");
      expect(kit.notes).toEqual([[true, "body", "1"]]);
      expect(exchange.upstream.body).toBe("body");
      expect(exchange.upstream.trailers).toEqual(["t", "1"]);
    });

    it("are replaced though trailers follow", async () => {
      const kit = await run(
        `
        async onRequest(request) {
          const state = await request.intoBodyState();
          state.setBody(state.text() + " and more");
        }`,
        { partialRequests },
      );
      const exchange = kit.post(["content-length", "4"]);
      await exchange.send("body");
      await exchange.sendTrailers("t", "1");
      expect(exchange.upstream.body).toBe("body and more");
      expect(exchange.upstream.trailers).toEqual(["t", "1"]);
      expect(exchange.sent("content-length")).toEqual([]);
    });

    it("of trailers only cannot be replaced", async () => {
      const kit = await run(
        `
        async onRequest(request) {
          const state = await request.intoBodyState();
          note([state.bytes().length, state.trailers?.get("t")]);
          note(await codeOf(() => state.setBody("x")));
        }`,
        { partialRequests },
      );
      const exchange = kit.post();
      await exchange.sendTrailers("t", "1");
      expect(kit.notes).toEqual([[0, "1"], "NO_BODY"]);
      expect(exchange.upstream.trailers).toEqual(["t", "1"]);
    });

    it("may be as large as the limit, and no byte larger", async () => {
      const kit = await run(readBody.replace("state.text()", "state.bytes().length"), {
        partialRequests,
        bodyBytes: 10,
      });
      const fits = kit.post();
      await fits.send("12345");
      await fits.send("67890", true);
      expect(kit.notes).toEqual([[true, 10, null]]);
      const exceeds = kit.post();
      await exceeds.send("1234567890");
      await exceeds.send("1", true);
      expect(exceeds.client.status).toBe(413);
      expect(exceeds.client.body).toBe("Content Too Large\n");
      expect(kit.notes).toHaveLength(1);
      expect(kit.logs.some(({ msg }) => msg.startsWith("BODY_TOO_LARGE"))).toBe(true);
    });

    it("over the limit that came while the filter awaited a call end it where it asks for them", async () => {
      const kit = await run(
        afterCall(
          "try { await head.intoBodyState(); note('body'); } catch { note('catch'); } finally { note('finally'); }",
        ),
        { partialRequests, bodyBytes: 10 },
      );
      const exchange = kit.post();
      await exchange.send("12345678901");
      await answerCall(kit);
      expect(exchange.client.status).toBe(413);
      expect(kit.notes).toEqual([200, "finally"]);
      expect(exchange.forwarded).toBe(false);
    });

    it.each([
      ["body", (send: (text: string, end?: boolean) => Promise<void>) => send("one")],
      [
        "whole body",
        async (send: (text: string, end?: boolean) => Promise<void>) => {
          await send("one");
          await send(" two", true);
        },
      ],
    ])("that arrive while the filter awaits a call are not lost: %s", async (_what, before) => {
      const kit = await run(
        afterCall(
          "const body = await head.intoBodyState(); note(body.text()); body.setBody(body.text().toUpperCase());",
        ),
        { partialRequests },
      );
      const exchange = kit.post(["content-length", "7"]);
      let ended = false;
      await before(async (text, end = false) => {
        ended = end;
        await exchange.send(text, end);
      });
      expect(exchange.forwarded).toBe(false);
      await answerCall(kit);
      if (!ended) {
        await exchange.send(" two", true);
      }
      await kit.advance(1);
      expect(kit.notes).toEqual([200, "one two"]);
      expect(exchange.upstream.body).toBe("ONE TWO");
      expect(exchange.sent("content-length")).toEqual(["7"]);
      expect(exchange.upstream.ended).toBe(true);
    });

    it("that ended in trailers while the filter awaited a call can be read, and refuse to be replaced", async () => {
      const kit = await run(
        afterCall(
          "const body = await head.intoBodyState(); note([body.text(), body.trailers?.get('t')]); note(await codeOf(() => body.setBody('x')));",
        ),
        { partialRequests },
      );
      const exchange = kit.post();
      await exchange.send("one");
      await exchange.sendTrailers("t", "1");
      await answerCall(kit);
      expect(kit.notes).toEqual([200, ["one", "1"], "BODY_NOT_EDITABLE"]);
      expect(exchange.upstream.body).toBe("one");
      expect(exchange.upstream.trailers).toEqual(["t", "1"]);
    });

    it("can be replaced after the filter has awaited a call with the body in hand", async () => {
      const kit = await run(
        `
        async onRequest(request, context) {
          const state = await request.intoBodyState();
          const reply = await upstream(context, "auth").fetch("/check");
          state.setBody(state.text() + reply.status);
          return Flow.Continue();
        }`,
        { partialRequests },
      );
      const exchange = kit.post(["content-length", "4"]);
      await exchange.send("body", true);
      await answerCall(kit);
      expect(exchange.upstream.body).toBe("body200");
      expect(exchange.sent("content-length")).toEqual(partialRequests === "prevent" ? ["7"] : []);
    });

    it("can be broken on", async () => {
      const kit = await run(
        `
        async onRequest(request) {
          const body = await request.intoBodyState();
          if (body.text().includes("evil")) return new Response(403).withBody("no");
        }`,
        { partialRequests },
      );
      const exchange = kit.post();
      await exchange.send("ev");
      await exchange.send("il", true);
      expect([exchange.client.status, exchange.client.body]).toEqual([403, "no"]);
      expect(exchange.forwarded).toBe(partialRequests === "allow");
      expect(kit.partialRequests).toEqual(partialRequests === "allow" ? ["p0"] : []);
      expect(kit.logs.filter(({ msg }) => msg.startsWith("PARTIAL_REQUEST"))).toHaveLength(
        partialRequests === "allow" ? 1 : 0,
      );
      if (partialRequests === "allow") {
        expect(exchange.upstream.body).toBe("");
        expect(exchange.upstream.ended).toBe(false);
        expect(exchange.upstream.resets).toBe(1);
      }
    });
  });

  it("and heads are changed together, with an exact content-length", async () => {
    const kit = await run(replaceBody, { partialRequests: "allow" });
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("bo");
    expect(exchange.forwarded).toBe(false);
    await exchange.send("dy", true);
    expect(exchange.upstream.body).toBe("replaced: body");
    expect(exchange.sent("content-length")).toEqual(["14"]);
    expect(exchange.sent("x-length")).toEqual(["14"]);
  });

  it("can be emptied", async () => {
    const kit = await run(`async onRequest(request) { (await request.intoHeadersBodyState()).setBody(""); }`);
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("body", true);
    expect(exchange.upstream.body).toBe("");
    expect(exchange.sent("content-length")).toEqual(["0"]);
    expect(exchange.upstream.ended).toBe(true);
  });

  it("give JSON, and refuse what is no body", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoBodyState();
        note(state.json());
        note(await codeOf(() => (state as any).setBody({ a: 2 })));
        note(await codeOf(() => (state as any).setBody(undefined)));
        state.setBody(new Uint8Array([0xff, 0]));
        note(await codeOf(() => state.json()));
        note(state.text());
        note(await messageOf(() => state.setBody({ a: 1 } as any)));
      }`);
    const exchange = kit.post();
    await exchange.send('{"a":1}', true);
    expect(kit.notes).toEqual([
      { a: 1 },
      "RESPONSE_BODY",
      "RESPONSE_BODY",
      "BODY_NOT_JSON",
      "\ufffd\0",
      "RESPONSE_BODY: setBody(): expected a string or a Uint8Array, got object; for JSON give JSON.stringify(value).",
    ]);
    expect(exchange.upstream.body).toBe("\xff\0");
  });

  it("are given back as they came when the filter throws with onError: allow", async () => {
    const kit = await run(
      `
      async onRequest(request) {
        const state = await request.intoHeadersBodyState();
        state.setBody("changed");
        state.headers.set("x", "changed");
        throw new Error("no");
      }`,
      { onError: "allow" },
    );
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("body", true);
    expect(exchange.upstream.body).toBe("body");
    expect(exchange.sent("content-length")).toEqual(["4"]);
    expect(exchange.sent("x")).toEqual([]);
  });

  it("may be gathered by a function that the filter calls", async () => {
    const kit = await run(`
      async onRequest(request) {
        const whole = async () => { const state = await request.intoHeadersBodyState(); return state; };
        const state = await whole();
        state.setBody(state.text() + "!");
      }`);
    const exchange = kit.post();
    await exchange.send("a");
    await exchange.send("b", true);
    expect(exchange.upstream.body).toBe("ab!");
  });
});

describe.each(engines)("gathered response bodies on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("hold the head, and are changed with it", async () => {
    const kit = await run(
      `
      async onResponse(response) {
        const state = await response.intoHeadersBodyState();
        state.setBody(state.text().toUpperCase() + "!");
        state.status = 201;
        state.headers.delete("x-old");
      }`,
      { partialRequests: "allow" },
    );
    const exchange = kit.get();
    await exchange.respondHead(200, ["content-length", "4", "x-old", "1"]);
    await exchange.respondData("bo");
    expect(exchange.client.heads).toBe(0);
    await exchange.respondData("dy", true);
    expect([exchange.client.status, exchange.client.body]).toEqual([201, "BODY!"]);
    expect(exchange.got("content-length")).toEqual(["5"]);
    expect(exchange.got("x-old")).toEqual([]);
  });

  it("over the limit make the answer a 500", async () => {
    const kit = await run(`async onResponse(response) { await response.intoBodyState(); note("body"); }`, {
      bodyBytes: 10,
    });
    const exchange = kit.get();
    await exchange.respondHead();
    await exchange.respondData("12345678901");
    expect([exchange.client.status, exchange.client.body]).toEqual([500, "Internal Server Error\n"]);
    expect(kit.notes).toEqual([]);
  });

  it("have trailers", async () => {
    const kit = await run(`
      async onResponse(response) {
        const state = await response.intoBodyState();
        note([state.text(), state.trailers?.get("grpc-status")]);
        state.setBody("other");
      }`);
    const exchange = kit.get();
    await exchange.respondHead();
    await exchange.respondData("body");
    await exchange.respondTrailers("grpc-status", "0");
    expect(kit.notes).toEqual([["body", "0"]]);
    expect(exchange.client.body).toBe("other");
    expect(exchange.client.trailers).toEqual(["grpc-status", "0"]);
  });

  it("do not exist in answers to HEAD, in 204 and 304, where one that is set is dropped", async () => {
    const kit = await run(`
      async onResponse(response) {
        const state = await response.intoBodyState();
        note([state.status, state.containsBody, await codeOf(() => state.setBody("x"))]);
      }`);
    await kit.get([], "HEAD").respond(200, ["content-length", "5"]);
    await kit.get().respond(204);
    await kit.get().respond(304);
    expect(kit.notes).toEqual([
      [200, false, "none"],
      [204, false, "none"],
      [304, false, "none"],
    ]);
  });
});

describe("a host that cannot hold a head", () => {
  it.each([
    ["onRequest: async (r) => { note(await codeOf(() => r.intoHeadersBodyState())); }", "HOLD_UNAVAILABLE"],
    ["onResponse: async (r) => { note(await codeOf(() => r.intoBodyState())); }", "HOLD_UNAVAILABLE"],
    ["onRequest: async (r) => { note(await codeOf(() => r.intoBodyState())); }", "none"],
  ])("%s: %s", async (parts, code) => {
    const kit = await inProcess(parts, { pluginConfiguration: {} });
    const exchange = kit.post();
    await exchange.send("x", true);
    await exchange.respond(200, [], "y");
    expect(kit.notes).toEqual([code]);
    expect(exchange.client.status).toBe(200);
  });
});
