import { describe, expect, it } from "vitest";
import { engines, type InProcess, inProcess, inProcessChain } from "../support/in-process.js";

const answerCall = async (kit: InProcess, index = -1): Promise<void> => {
  await kit.settle();
  kit.upstreams.calls.at(index)?.done({ ok: true, status: 200, headers: [], body: new Uint8Array(0), trailers: [] });
  await kit.settle();
};

/** Awaits `wait`, and tells how it ended. */
const watched = (wait: string) => `
  signal.addEventListener("abort", () => { note("abort " + signal.reason); });
  try { ${wait} note("after"); } catch { note("catch"); } finally { note("finally"); }
  note("end");`;

describe.each(engines)("a filter that the exchange goes on without, on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("is ended when the client goes away: finally runs, catch and what follows do not, no response filter runs", async () => {
    const kit = await run(`
      async onRequest(request, context) { const { signal } = context; ${watched("await upstream(context, 'auth').fetch('/');")} },
      onResponse() { note("response"); },
      onDone({ outcome, reason, status }) { note([outcome, reason, status]); }`);
    const exchange = kit.get();
    await exchange.vanish();
    expect(kit.notes).toEqual(["abort client-gone", "finally", ["cancel", "client-gone", 0]]);
    await answerCall(kit);
    expect(kit.notes).toHaveLength(3);
    expect(exchange.forwarded).toBe(false);
  });

  it("is ended when the upstream answers while it awaits a gathered body", async () => {
    const kit = await run(
      `
      async onRequest(request, { signal }) { ${watched("await request.intoBodyState();")} },
      async onResponse(response, { requestData }) { note(requestData); }`,
      { partialRequests: "allow" },
    );
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.respond(403, [], "early");
    expect(kit.notes).toEqual(["abort upstream-replied", "finally", { kind: "cancel", reason: "upstream-replied" }]);
    expect([exchange.client.status, exchange.client.body]).toEqual([403, "early"]);
    expect(exchange.upstream.body).toBe("");
  });

  it("does not fail when it lets go on a request that another policy has answered meanwhile", async () => {
    const kit = await inProcessChain(
      [
        {
          parts: `async onRequest(request, context) {
            await (await request.intoBodyStreamState()).transform(async function* (chunks) {
              for await (const chunk of chunks) { await upstream(context, 'auth').fetch('/'); yield chunk; }
            });
          }`,
        },
        {
          parts: `
          async onRequest(request, context) {
            for await (const _ of (await request.intoBodyStreamState()).stream) { await upstream(context, 'auth').fetch('/'); return new Response(403); }
          },
          async onResponse(response, context) { await response.intoHeadersState(); await upstream(context, 'auth').fetch('/'); }`,
        },
      ],
      engine,
    );
    const exchange = kit.post();
    await exchange.send("one");
    await answerCall(kit, 0);
    await exchange.send("two");
    // The second policy answers, and keeps its answer; then the first one lets go; then the answer goes on.
    await answerCall(kit, 1);
    await answerCall(kit, 2);
    await answerCall(kit, 3);
    expect(exchange.client.status).toBe(403);
    expect(kit.logs.filter((line) => JSON.stringify(line).includes("POLICY_FAILED"))).toEqual([]);
  });

  it("is ended when another policy answers", async () => {
    const kit = await inProcessChain(
      [
        {
          parts: `async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) if (chunk.length === 1) return new Response(418); }`,
        },
        {
          parts: `
          async onRequest(request, context) { const { signal } = context; ${watched("await upstream(context, 'auth').fetch('/');")} },
          async onResponse(response, { requestData }) { note(requestData); note((await response.intoHeadersState()).status); }`,
        },
      ],
      engine,
    );
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.send("d");
    expect(kit.notes).toEqual(["abort peer-replied", "finally", { kind: "cancel", reason: "peer-replied" }, 418]);
    await answerCall(kit);
    expect(kit.notes).toHaveLength(4);
    expect([exchange.client.status, exchange.client.heads]).toEqual([418, 1]);
    expect(exchange.forwarded).toBe(false);
  });

  it("is ended when the gateway gives up on the exchange", async () => {
    const kit = await run(`
      async onRequest(request, { signal }) { ${watched("await request.intoBodyState();")} },
      async onResponse(response, { requestData }) { note(requestData); }`);
    const exchange = kit.post();
    await exchange.send("abc");
    exchange.now.abort(408, "request_timeout");
    await kit.settle();
    expect(kit.notes).toEqual(["abort peer-replied", "finally", { kind: "cancel", reason: "peer-replied" }]);
    expect(exchange.client.status).toBe(408);
  });

  it("is ended where its body is over the limit", async () => {
    const kit = await run(
      `
      async onRequest(request, { signal }) { ${watched("await request.intoBodyState();")} },
      async onResponse(response, { requestData }) { note(requestData); }`,
      { bodyBytes: 2 },
    );
    const exchange = kit.post();
    await exchange.send("abc");
    expect(kit.notes).toEqual(["abort body-too-large", "finally", { kind: "cancel", reason: "body-too-large" }]);
    expect(exchange.client.status).toBe(413);
  });

  it("is ended in the response phase when the client goes away", async () => {
    const kit = await run(`
      async onResponse(response, { clock, signal }) { ${watched("await clock.sleep(1000);")} },
      onDone({ outcome, reason }) { note([outcome, reason]); }`);
    const exchange = kit.get();
    await exchange.respondHead(200);
    await exchange.vanish();
    expect(kit.notes).toEqual(["abort client-gone", "finally", ["cancel", "client-gone"]]);
  });

  it("is ended when the policy is removed, in either phase", async () => {
    const request = await run(
      `async onRequest(_request, { clock, signal }) { ${watched("await clock.sleep(1000);")} }`,
    );
    request.get();
    await request.settle();
    await request.policies[0]?.close();
    expect(request.notes).toEqual(["abort policy-removed", "finally"]);

    const response = await run(
      `async onResponse(_response, { clock, signal }) { ${watched("await clock.sleep(1000);")} }`,
    );
    const exchange = response.get();
    await exchange.respondHead(200);
    await response.policies[0]?.close();
    expect(response.notes).toEqual(["abort policy-removed", "finally"]);
  });

  it("does not end functions that it called and that still wait, but for what they do with its signal", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const { clock, signal } = context;
        const step = async (name, wait) => { await wait; note(name); };
        const aborted = new Promise((resolve) => { signal.addEventListener("abort", resolve); });
        await Promise.all([step("slept", clock.sleep(1000)), step("was told", aborted)]);
        note("after");
      }`);
    const exchange = kit.get();
    await exchange.vanish();
    await kit.settle();
    expect(kit.notes).toEqual(["was told"]);
    await kit.advance(1000);
    expect(kit.notes).toEqual(["was told", "slept"]);
  });

  it("is ended with the exchange when it still reads the request's stream then", async () => {
    const kit = await run(`
      async onRequest(request, { signal }) { ${watched("for await (const chunk of (await request.intoBodyStreamState()).stream) note(chunk.length);")} },
      async onResponse(response, { requestData }) { note(requestData.kind); }`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.respond(200, [], "done");
    expect(kit.notes).toEqual([3, "pending", "abort upstream-replied", "finally"]);
    expect(exchange.client.body).toBe("done");
  });

  it("lives on after leaving a stream when the upstream answers", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        for await (const chunk of (await request.intoBodyStreamState()).stream) break;
        await upstream(context, "auth").fetch("/report");
        note("reported");
      },
      async onResponse(response, { requestData }) { note(requestData.kind); }`);
    const exchange = kit.post();
    await exchange.send("abc", true);
    await exchange.respondHead(200);
    await answerCall(kit);
    await exchange.respondData("x", true);
    expect(kit.notes).toEqual(["pending", "reported"]);
  });

  it("awaits in its finally blocks, without any effect on the exchange", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const { clock } = context;
        const head = await request.intoHeadersState();
        try { await upstream(context, "auth").fetch("/"); } finally {
          note(await codeOf(() => head.headers.set("a", "b")));
          await clock.sleep(100);
          note(await codeOf(() => head.intoBodyState()));
          note("cleaned");
        }
      }`);
    const exchange = kit.get();
    await exchange.vanish();
    await kit.advance(100);
    expect(kit.notes).toHaveLength(3);
    expect(kit.notes[0]).toMatch(/STATE_CONSUMED|EXCHANGE_OVER/);
    expect(kit.notes[1]).toMatch(/STATE_CONSUMED|EXCHANGE_OVER/);
    expect(kit.notes[2]).toBe("cleaned");
  });

  it("only has its exception in a finally block logged", async () => {
    const kit = await run(`
      async onRequest(request, context) { try { await upstream(context, "auth").fetch("/"); } finally { throw new Error("in finally"); } }`);
    const exchange = kit.get();
    await exchange.vanish();
    expect(kit.lines.filter((line) => line.includes("in finally"))).toHaveLength(1);
  });

  it("cannot be resumed by what it awaited: a call, a timer, a promise of its own", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const { clock } = context;
        try { await Promise.race([upstream(context, "auth").fetch("/"), clock.sleep(50), new Promise((resolve) => setTimeout(() => resolve(1), 20))]); note("after"); }
        finally { note("finally"); }
      }`);
    const exchange = kit.get();
    await exchange.vanish();
    await answerCall(kit);
    await kit.advance(100);
    expect(kit.notes).toEqual(["finally"]);
  });

  it("that is a plain function with a promise of its own loses its effect", async () => {
    const kit = await run(`
      onRequest(request, { clock }) { return clock.sleep(100).then(() => { note("late"); return new Response(403); }); },
      onDone({ outcome }) { note(outcome); }`);
    const exchange = kit.get();
    await exchange.vanish();
    await kit.advance(100);
    expect(kit.notes).toEqual(["cancel", "late"]);
    expect(exchange.client.heads).toBe(0);
  });

  it("sees its signal aborted even where it asks for it late", async () => {
    const kit = await run(`
      async onRequest(request, context) { try { await context.clock.sleep(10); } finally { note([context.signal.aborted, context.signal.reason]); } }`);
    await kit.get().vanish();
    expect(kit.notes).toEqual([[true, "client-gone"]]);
  });
});

describe.each(engines)("exchanges that share a promise on the %s engine", (engine) => {
  const run = (parts: string, options: object = {}) =>
    inProcessChain([{ parts, top: "let shared: any; let open: any;", ...options }], engine);
  const singleFlight = (then: string) => `
    async onRequest(request, context) {
      const head = await request.intoHeadersState();
      shared ??= upstream(context, "auth").fetch("/keys");
      const reply = await shared;
      ${then}
    }`;

  it("all go on when it is fulfilled", async () => {
    const kit = await run(
      singleFlight(`head.headers.set("x-status", String(reply.status)); note(head.headers.get("x-id"));`),
    );
    kit.get(["x-id", "1"]);
    kit.get(["x-id", "2"]);
    kit.get(["x-id", "3"]);
    await answerCall(kit);
    await kit.advance(1);
    expect(kit.upstreams.calls).toHaveLength(1);
    expect(kit.notes).toEqual(["1", "2", "3"]);
    expect(kit.upstreams.forwards.map(({ headers }) => headers.slice(-4))).toEqual(
      ["1", "2", "3"].map((id) => ["x-id", id, "x-status", "200"]),
    );
  });

  it("are all answered, each for itself", async () => {
    const kit = await run(singleFlight(`return new Response(head.headers.get("x-id") === "1" ? 401 : 403);`));
    const first = kit.get(["x-id", "1"]);
    const second = kit.get(["x-id", "2"]);
    await answerCall(kit);
    await kit.advance(1);
    expect([first.client.status, second.client.status]).toEqual([401, 403]);
  });

  /** The first request's body fulfils what the others await. */
  const opened = (then: string) => `
    async onRequest(request, context) {
      const head = await request.intoHeadersState();
      if (head.headers.has("x-opens")) { const body = await head.intoBodyState(); open(body.text()); return; }
      shared ??= new Promise((resolve) => { open = resolve; });
      const text = await shared;
      ${then}
    }`;

  it("are resumed, answered or failed in the event of another one, which goes on undisturbed", async () => {
    for (const [then, status] of [
      ["", 0],
      ["return new Response(403);", 403],
      ["throw new Error('no');", 500],
    ] as const) {
      const kit = await run(opened(then));
      const waiting = kit.get();
      await kit.settle();
      const opener = kit.post(["x-opens", "1"]);
      await opener.send("text", true);
      await kit.advance(1);
      expect(waiting.client.status).toBe(status);
      expect(kit.upstreams.forwards).toHaveLength(status === 0 ? 2 : 1);
      expect(kit.upstreams.forwards.some((forward) => forward.body === "text" && forward.ended)).toBe(true);
    }
  });

  it("are resumed by the finally block of one whose client has gone", async () => {
    for (const [then, status] of [
      ["", 0],
      ["return new Response(403);", 403],
    ] as const) {
      const kit = await run(`
        async onRequest(request, { clock }) {
          const head = await request.intoHeadersState();
          if (head.headers.has("x-opens")) { try { await clock.sleep(1000); } finally { open(); } return; }
          shared ??= new Promise<void>((resolve) => { open = resolve; });
          await shared;
          ${then}
        }`);
      const waiting = kit.get();
      await kit.settle();
      await kit.get(["x-opens", "1"]).vanish();
      await kit.advance(1);
      expect([waiting.client.status, kit.upstreams.forwards.length]).toEqual([status, status === 0 ? 1 : 0]);
    }
  });

  it.each([
    [
      "is gathered",
      "const body = await head.intoBodyState(); note(body.text()); body.setBody(body.text() + '!');",
      "one two!",
    ],
    [
      "is gathered with its head",
      "const body = await head.intoHeadersBodyState(); note(body.text()); body.setBody(body.text() + '!');",
      "one two!",
    ],
    [
      "is read",
      "const all = []; for await (const c of (await head.intoBodyStreamState()).stream) all.push(new TextDecoder().decode(c)); note(all.join(''));",
      "one two",
    ],
    [
      "is transformed",
      "await (await head.intoBodyStreamState()).transform(async function* (chunks) { for await (const c of chunks) yield new TextDecoder().decode(c).toUpperCase(); }); note('one two');",
      "ONE TWO",
    ],
    ["passes", "note('one two');", "one two"],
  ])("lose nothing of a body that arrives before they go on, whether it %s", async (_what, then, expected) => {
    for (const partialRequests of ["prevent", "allow"]) {
      for (const [before, between, after] of [
        ["", "", "one two"],
        ["one ", "", "two"],
        ["one ", "t", "wo"],
        ["", "one ", "two"],
        ["", "one two", ""],
        ["one two", "", ""],
      ] as const) {
        for (const ending of ["end", "trailers", "trailers at once"] as const) {
          const kit = await run(opened(then), { partialRequests });
          const waiting = kit.post();
          await kit.settle();
          if (before !== "") {
            waiting.now.send(before);
          }
          const opener = kit.post(["x-opens", "1"]);
          opener.now.send("text", true);
          await kit.settle();
          if (between !== "") {
            waiting.now.send(between);
          }
          const early = ending === "trailers at once" && after === "";
          if (early) {
            waiting.now.sendTrailers(["t", "1"]);
          }
          await kit.advance(2);
          if (!early) {
            if (after !== "") {
              waiting.now.send(after);
            }
            if (ending === "end") {
              waiting.now.send("", true);
            } else {
              waiting.now.sendTrailers(["t", "1"]);
            }
          }
          await kit.advance(2);
          const forward = kit.upstreams.forwards.find(({ headers }) => !headers.includes("x-opens"));
          const notEditable = kit.lines.some((line) => line.includes("BODY_NOT_EDITABLE"));
          // What arrived under backpressure and ended in trailers cannot be changed: then it is refused, not passed on.
          if (notEditable && ending !== "end" && expected !== "one two") {
            expect(forward?.ended ?? false).toBe(false);
            expect(waiting.client.status).toBe(500);
          } else {
            expect(kit.notes).toEqual(["one two"]);
            expect([forward?.body, forward?.ended]).toEqual([expected, true]);
          }
          waiting.now.vanish();
          opener.now.vanish();
        }
      }
    }
  });
});
