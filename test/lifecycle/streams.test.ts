import { describe, expect, it } from "vitest";
import { engines, type InProcess, inProcess } from "../support/in-process.js";

const answerCall = async (kit: InProcess, status = 200, index = -1): Promise<void> => {
  await kit.settle();
  kit.upstreams.calls.at(index)?.done({ ok: true, status, headers: [], body: new Uint8Array(0), trailers: [] });
  await kit.settle();
};

const decoder = "const text = (chunk: Uint8Array) => new TextDecoder().decode(chunk);";
const call = "await upstream(context, 'auth').fetch('/');";

describe.each(engines)("body streams on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("give the chunks as they come, each going on when the next is asked for", async () => {
    const kit = await run(`
      async onRequest(request) {
        ${decoder}
        const state = await request.intoBodyStreamState();
        for await (const chunk of state.stream) note(text(chunk));
        note("end");
      }`);
    const exchange = kit.post(["content-length", "6"]);
    await exchange.settle();
    expect(exchange.forwarded).toBe(true);
    await exchange.send("ab");
    expect(exchange.upstream.body).toBe("ab");
    await exchange.send("cd");
    await exchange.send("ef", true);
    expect(kit.notes).toEqual(["ab", "cd", "ef", "end"]);
    expect(exchange.upstream.body).toBe("abcdef");
    expect(exchange.upstream.ended).toBe(true);
    expect(exchange.sent("content-length")).toEqual(["6"]);
  });

  it.each([
    ["keep the last bytes of an announced body until the filter has decided", ["content-length", "4"], "ab"],
    ["pass all bytes on of a body that nothing announces, but for its end", [], "abcd"],
  ])("%s", async (_name, headers, passed) => {
    const kit = await run(`
      async onRequest(request) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length);
        return new Response(403);
      }`);
    const exchange = kit.post(headers);
    await exchange.send("ab");
    expect(exchange.upstream.body).toBe("ab");
    await exchange.send("cd");
    // Envoy tells of the end of a request in an event of its own.
    await exchange.send("", true);
    expect(kit.notes).toEqual([2, 2]);
    expect(exchange.client.status).toBe(403);
    expect([exchange.upstream.body, exchange.upstream.ended]).toEqual([passed, false]);
  });

  it("pass the last bytes of an announced body on with its end", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length);
        ${call}
        note("decided");
      }`);
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("abcd");
    expect(exchange.upstream.body).toBe("");
    await exchange.send("", true);
    await answerCall(kit);
    expect(kit.notes).toEqual([4, "decided"]);
    expect([exchange.upstream.body, exchange.upstream.ended]).toEqual(["abcd", true]);
  });

  it("hold a chunk, and the client, while the filter works on it", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) { note(chunk.length); ${call} }
      }`);
    const exchange = kit.post([], { bodyBytes: 5 });
    await exchange.send("abc");
    await exchange.send("def");
    expect(kit.notes).toEqual([3]);
    expect(exchange.upstream.body).toBe("");
    expect(exchange.client.requestPaused).toBe(true);
    await answerCall(kit);
    expect(kit.notes).toEqual([3, 3]);
    await answerCall(kit);
    expect(exchange.upstream.body).toBe("abcdef");
    expect(exchange.client.requestPaused).toBe(false);
    await exchange.send("", true);
    expect(exchange.upstream.ended).toBe(true);
  });

  it("let the rest pass unread after break", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) { note(chunk.length); break; }
        ${call}
        note("after");
      }`);
    const exchange = kit.post();
    await exchange.send("abc");
    expect(exchange.upstream.body).toBe("abc");
    await exchange.send("de");
    await exchange.send("f", true);
    expect(exchange.upstream.body).toBe("abcdef");
    expect(exchange.upstream.ended).toBe(true);
    await answerCall(kit);
    expect(kit.notes).toEqual([3, "after"]);
    await exchange.respond(200);
    expect(exchange.client.status).toBe(200);
  });

  it.each([
    ["returns an answer", "return new Response(403)", 403],
    ["throws", "throw new Error('bad')", 500],
  ])("pass nothing of the chunk on which the filter %s", async (_what, leave, status) => {
    for (const wait of ["", call]) {
      const kit = await run(`
        async onRequest(request, context) {
          for await (const chunk of (await request.intoBodyStreamState()).stream) {
            ${wait}
            if (chunk[0] === 0x78) ${leave};
          }
        }`);
      const exchange = kit.post();
      await exchange.send("ok");
      if (wait !== "") {
        await answerCall(kit);
      }
      await exchange.send("xyz", true);
      if (wait !== "") {
        await answerCall(kit, 200, -1);
      }
      await kit.advance(1);
      expect(exchange.upstream.body).toBe("ok");
      expect(exchange.upstream.ended).toBe(false);
      expect(exchange.upstream.resets).toBe(1);
      expect(exchange.client.status).toBe(status);
      expect(kit.partialRequests).toEqual(["p0"]);
      expect(kit.logs.filter(({ msg }) => msg.startsWith("PARTIAL_REQUEST"))).toHaveLength(1);
    }
  });

  it("pass nothing of the chunk on which a called function throws", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const scan = async (stream: AsyncIterable<Uint8Array>) => {
          for await (const chunk of stream) { ${call} if (chunk[0] === 0x78) throw new Error("bad"); }
        };
        await scan((await request.intoBodyStreamState()).stream);
      }`);
    const exchange = kit.post();
    await exchange.send("xyz", true);
    await answerCall(kit);
    await kit.advance(1);
    expect(exchange.client.status).toBe(500);
    expect(exchange.forwarded && exchange.upstream.body).toBe("");
  });

  it("are empty where there is no body", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoBodyStreamState();
        note(state.containsBody);
        for await (const chunk of state.stream) note(chunk);
        note("end");
      }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual([false, "end"]);
    expect(exchange.upstream.endOfStream).toBe(true);
  });

  it("can be read once", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoBodyStreamState();
        for await (const chunk of state.stream) note(chunk.length);
        note(await codeOf(async () => { for await (const chunk of state.stream) note(chunk); }));
        note(await codeOf(() => state.transform((chunks) => chunks)));
      }`);
    const exchange = kit.post();
    await exchange.send("abc", true);
    expect(kit.notes).toEqual([3, "STREAM_READ_TWICE", "STREAM_READ_TWICE"]);
    expect(exchange.upstream.body).toBe("abc");
  });

  it("need not be read", async () => {
    const kit = await run(`async onRequest(request) { await request.intoBodyStreamState(); }`);
    const exchange = kit.post();
    await exchange.send("abc", true);
    expect(exchange.upstream.body).toBe("abc");
  });

  it("show trailers after the loop", async () => {
    const kit = await run(`
      async onRequest(request) {
        const state = await request.intoBodyStreamState();
        for await (const chunk of state.stream) note([chunk.length, state.trailers]);
        note(state.trailers?.get("T"));
      }`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.sendTrailers("t", "1");
    expect(kit.notes).toEqual([[3, undefined], "1"]);
    expect(exchange.upstream.trailers).toEqual(["t", "1"]);
  });

  it("hold trailers while the filter works after the loop", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length);
        ${call}
      }`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.sendTrailers("t", "1");
    expect(exchange.upstream.trailers).toBeUndefined();
    await answerCall(kit);
    expect(exchange.upstream.trailers).toEqual(["t", "1"]);
  });

  it("give what arrived while the filter awaited a call first", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        ${decoder}
        const head = await request.intoHeadersState();
        ${call}
        for await (const chunk of (await head.intoBodyStreamState()).stream) note(text(chunk));
      }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.send("cd");
    expect(exchange.forwarded).toBe(false);
    await answerCall(kit);
    expect(exchange.upstream.body).toBe("abcd");
    await exchange.send("ef", true);
    expect(kit.notes).toEqual(["ab", "cd", "ef"]);
    expect(exchange.upstream.body).toBe("abcdef");
  });

  it.each([
    ["ended by a chunk", false],
    ["ended by trailers", true],
  ])("that were whole before they were opened are read and go on: %s", async (_what, trailers) => {
    const kit = await run(`
      async onRequest(request, context) {
        ${decoder}
        const head = await request.intoHeadersState();
        ${call}
        const state = await head.intoBodyStreamState();
        for await (const chunk of state.stream) note(text(chunk));
        note(state.trailers?.get("t"));
      }`);
    const exchange = kit.post();
    await exchange.send("ab", !trailers);
    if (trailers) {
      await exchange.sendTrailers("t", "1");
    }
    await answerCall(kit);
    expect(kit.notes).toEqual(["ab", trailers ? "1" : undefined]);
    expect(exchange.upstream.body).toBe("ab");
    expect(exchange.upstream.ended).toBe(true);
  });

  it("of a response that a filter breaks off by an exception reset the client", async () => {
    const kit = await run(`
      async onResponse(response) {
        for await (const chunk of (await response.intoBodyStreamState()).stream) if (chunk[0] === 0x78) throw new Error("bad");
      }`);
    const exchange = kit.get();
    await exchange.respondHead(200);
    await exchange.respondData("ok");
    expect(exchange.client.body).toBe("ok");
    await exchange.respondData("xyz", true);
    expect(exchange.client.body).toBe("ok");
    expect(exchange.client.ended).toBe(false);
    expect(exchange.client.resets).toBe(1);
  });

  it("wait for a client that is slow", async () => {
    const kit = await run(`
      async onResponse(response) {
        for await (const chunk of (await response.intoBodyStreamState()).stream) note(chunk.length);
      }`);
    const exchange = kit.get();
    await exchange.respondHead(200);
    exchange.client.full = true;
    await exchange.respondData("abc");
    expect(exchange.upstream.responsePaused).toBe(true);
    exchange.now.drain();
    expect(exchange.upstream.responsePaused).toBe(false);
  });
});

const upper = `(await request.intoBodyStreamState()).transform(async function* (chunks) {
  for await (const chunk of chunks) yield new TextDecoder().decode(chunk).toUpperCase();
})`;

describe.each(engines)("transforms on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("replace chunk by chunk, and drop the content-length", async () => {
    const kit = await run(`async onRequest(request) { await ${upper}; note("done"); }`);
    const exchange = kit.post(["content-length", "4"]);
    await exchange.send("ab");
    expect(exchange.upstream.body).toBe("AB");
    await exchange.send("cd", true);
    expect(exchange.upstream.body).toBe("ABCD");
    expect(exchange.upstream.ended).toBe(true);
    expect(exchange.sent("content-length")).toEqual([]);
    expect(kit.notes).toEqual(["done"]);
  });

  it.each([
    ["grow", "for await (const c of chunks) { yield c; yield '+'; yield c; }", "ab+abcd+cd"],
    ["shrink", "for await (const c of chunks) yield c.subarray(0, 1);", "ac"],
    ["give nothing", "for await (const c of chunks) void c;", ""],
    ["add a suffix", "yield* chunks; yield 'end';", "abcdend"],
    ["add a prefix", "yield 'begin'; yield* chunks;", "beginabcd"],
    [
      "collect the whole body",
      "const all = []; for await (const c of chunks) all.push(c); for (const c of all.reverse()) yield c;",
      "cdab",
    ],
    ["end early", "for await (const c of chunks) { yield c; break; }", "ab"],
    ["never read", "yield 'other';", "other"],
    ["give empty chunks", "for await (const c of chunks) { yield ''; yield c; yield new Uint8Array(0); }", "abcd"],
  ])("may %s", async (_what, body, expected) => {
    for (const sending of [["ab", "cd"], ["abcd"], ["ab", "cd", ""]]) {
      if (sending.length === 1 && /^(?!abcd|abcdend|beginabcd|other|$)/.test(expected)) {
        continue;
      }
      const kit = await run(`
        async onRequest(request) { await (await request.intoBodyStreamState()).transform(async function* (chunks: any) { ${body} }); note("done"); }`);
      const exchange = kit.post();
      for (const [index, chunk] of sending.entries()) {
        await exchange.send(chunk, index === sending.length - 1);
      }
      expect(exchange.upstream.body).toBe(expected);
      expect(exchange.upstream.ended).toBe(true);
      expect(kit.notes).toEqual(["done"]);
    }
  });

  it("may be plain iterables", async () => {
    const kit = await run(`
      async onRequest(request) { await (await request.intoBodyStreamState()).transform(() => ["a", new Uint8Array([0x62])]); }`);
    const exchange = kit.post();
    await exchange.send("xyz", true);
    expect(exchange.upstream.body).toBe("ab");
  });

  it("do not run where there is no body, and do where it is empty", async () => {
    const parts = `
      async onRequest(request) { await (await request.intoBodyStreamState()).transform(async function* (chunks) { yield* chunks; note("ran"); yield "x"; }); }`;
    const kit = await run(parts);
    const none = kit.get();
    await none.settle();
    expect(kit.notes).toEqual([]);
    expect(none.upstream.endOfStream).toBe(true);
    const empty = kit.post();
    await empty.send("", true);
    expect(empty.upstream.body).toBe("x");
    expect(empty.upstream.ended).toBe(true);
    const waited = await run(
      parts
        .replace(
          "onRequest(request) {",
          `onRequest(request, context) { const h = await request.intoHeadersState(); ${call}`,
        )
        .replace("request.intoBodyStreamState", "h.intoBodyStreamState"),
    );
    const early = waited.post();
    await early.send("", true);
    await answerCall(waited);
    expect(early.upstream.body).toBe("x");
    expect(early.upstream.ended).toBe(true);
  });

  it("hold the client back while they are at work", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        await (await request.intoBodyStreamState()).transform(async function* (chunks) {
          for await (const chunk of chunks) { ${call} yield new TextDecoder().decode(chunk).toUpperCase(); }
        });
      }`);
    const exchange = kit.post([], { bodyBytes: 5 });
    await exchange.send("abc");
    await exchange.send("def");
    expect(exchange.client.requestPaused).toBe(true);
    expect(exchange.forwarded && exchange.upstream.body).toBe("");
    await answerCall(kit);
    expect(kit.upstreams.calls).toHaveLength(2);
    await answerCall(kit);
    expect(exchange.upstream.body).toBe("ABCDEF");
    expect(exchange.client.requestPaused).toBe(false);
    await exchange.send("ghi", true);
    await answerCall(kit);
    expect(exchange.upstream.body).toBe("ABCDEFGHI");
    expect(exchange.upstream.ended).toBe(true);
  });

  it.each([1, 2, 3])("replace what arrived before them, too, in %d chunks", async (count) => {
    const kit = await run(`
      async onRequest(request, context) { const head = await request.intoHeadersState(); ${call} await ${upper.replace("request.", "head.")}; }`);
    const exchange = kit.post();
    for (let index = 0; index < count; index++) {
      await exchange.send("ab");
    }
    await answerCall(kit);
    await exchange.send("cd");
    await kit.advance(1);
    expect(exchange.upstream.body).toBe(`${"AB".repeat(count)}CD`);
    await exchange.send("ef", true);
    expect(exchange.upstream.body).toBe(`${"AB".repeat(count)}CDEF`);
  });

  it("replace a whole body that arrived before them", async () => {
    const kit = await run(`
      async onRequest(request, context) { const head = await request.intoHeadersState(); ${call} await ${upper.replace("request.", "head.")}; }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.send("cd", true);
    await answerCall(kit);
    expect(exchange.upstream.body).toBe("ABCD");
    expect(exchange.upstream.ended).toBe(true);
  });

  it("fail closed where what arrived before them can no longer be replaced", async () => {
    for (const whole of [true, false]) {
      const kit = await run(`
        async onRequest(request, context) { const head = await request.intoHeadersState(); ${call} note(await codeOf(async () => ${upper.replace("request.", "head.")})); }`);
      const exchange = kit.post();
      await exchange.send("ab");
      if (whole) {
        await exchange.sendTrailers("t", "1");
      }
      await answerCall(kit);
      if (!whole) {
        await exchange.sendTrailers("t", "1");
      }
      await kit.advance(1);
      expect(kit.notes).toEqual(["BODY_NOT_EDITABLE"]);
      // Opened too late it has not begun, and the policy chose to go on; begun, it cannot be completed.
      if (whole) {
        expect(exchange.upstream.body).toBe("ab");
      } else {
        expect([exchange.forwarded, exchange.client.status]).toEqual([false, 500]);
      }
    }
  });

  it("fail closed where they have ended, and what arrived before them can no longer be replaced", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const state = await request.intoBodyStreamState();
        ${call}
        await state.transform(async function* (chunks) { for await (const _ of chunks) { yield "instead"; return; } });
        note("transformed");
      }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await answerCall(kit);
    expect([kit.notes, exchange.forwarded]).toEqual([["transformed"], false]);
    await exchange.sendTrailers("t", "1");
    await kit.advance(1);
    expect([exchange.forwarded, exchange.client.status]).toEqual([false, 500]);
    expect(kit.lines.some((line) => line.includes("BODY_NOT_EDITABLE"))).toBe(true);
  });

  it("pass trailers after the last output", async () => {
    const kit = await run(`async onRequest(request) { await ${upper}; note("done"); }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.sendTrailers("t", "1");
    expect(exchange.upstream.body).toBe("AB");
    expect(exchange.upstream.trailers).toEqual(["t", "1"]);
    expect(kit.notes).toEqual(["done"]);
  });

  it("break the message off when they make output that trailers leave no room for", async () => {
    const kit = await run(`
      async onRequest(request) { await (await request.intoBodyStreamState()).transform(async function* (chunks) { yield* chunks; yield "suffix"; }); }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.sendTrailers("t", "1");
    await kit.advance(1);
    expect(exchange.upstream.ended).toBe(false);
    expect(exchange.upstream.resets).toBe(1);
    expect(exchange.client.status).toBe(500);
    expect(kit.lines.some((line) => line.includes("BODY_NOT_EDITABLE"))).toBe(true);
  });

  it.each([
    [
      "throws",
      "await state.transform(async function* (chunks) { for await (const c of chunks) throw new Error('bad'); });",
    ],
    ["throws at once", "await state.transform(() => { throw new Error('bad'); });"],
    [
      "throws while nobody awaits it",
      "void state.transform(async function* (chunks) { for await (const c of chunks) throw new Error('bad'); });",
    ],
    [
      "fails, which the filter ignores",
      "await state.transform(async function* (chunks) { for await (const c of chunks) throw new Error('bad'); }).catch(() => {});",
    ],
    [
      "gives what is no body",
      "await (state as any).transform(async function* (chunks: any) { for await (const c of chunks) yield 7; });",
    ],
    [
      "is a broken iterable",
      "await (state as any).transform(() => ({ [Symbol.iterator]: () => ({ next() { throw new Error('bad'); } }) }));",
    ],
    ["is no iterable", "await (state as any).transform(() => 7);"],
  ])("break the message off when one %s", async (_what, code) => {
    for (const onError of ["deny", "allow"]) {
      const kit = await run(`async onRequest(request) { const state = await request.intoBodyStreamState(); ${code} }`, {
        onError,
      });
      const exchange = kit.post();
      await exchange.send("ab", true);
      await kit.advance(1);
      expect(exchange.client.status).toBe(500);
      expect(exchange.forwarded && exchange.upstream.ended).toBe(false);
      expect(kit.logs.some(({ msg }) => msg.startsWith("POLICY_FAILED"))).toBe(true);
    }
  });

  it("go on to their own end when nobody awaits them", async () => {
    const kit = await run(`async onRequest(request) { void ${upper}; }`);
    const exchange = kit.post();
    await exchange.send("ab");
    await exchange.send("cd", true);
    expect(exchange.upstream.body).toBe("ABCD");
    await exchange.respond(200);
    expect(exchange.client.status).toBe(200);
  });

  it("change responses, too", async () => {
    const kit = await run(`async onResponse(request) { await ${upper}; }`);
    const exchange = kit.get();
    await exchange.respondHead(200, ["content-length", "4"]);
    await exchange.respondData("ab");
    expect(exchange.client.body).toBe("AB");
    await exchange.respondData("cd", true);
    expect(exchange.client.body).toBe("ABCD");
    expect(exchange.got("content-length")).toEqual([]);
  });

  it("run in constant memory, whatever the body's size", async () => {
    const kit = await run(`async onRequest(request) { await ${upper}; }`, { bodyBytes: 10 });
    const exchange = kit.post([], { bodyBytes: 10 });
    for (let index = 0; index < 100; index++) {
      await exchange.send("abcd");
      expect(exchange.client.requestPaused).toBe(false);
    }
    await exchange.send("", true);
    expect(exchange.upstream.body).toBe("ABCD".repeat(100));
  });
});
