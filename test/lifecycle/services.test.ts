import { describe, expect, it } from "vitest";
import { LogLevel } from "../../src/abi/constants.js";
import type { CallOutcome } from "../../src/host/upstreams.js";
import { testFacts } from "../support/chain-harness.js";
import { engines, type InProcess, inProcess, inProcessChain } from "../support/in-process.js";

const ok = (status = 200, headers: string[] = [], body = "", trailers: string[] = []): CallOutcome => ({
  ok: true,
  status,
  headers,
  body: new TextEncoder().encode(body),
  trailers,
});

const finish = async (kit: InProcess, outcome: CallOutcome): Promise<void> => {
  await kit.settle();
  kit.upstreams.calls.at(-1)?.done(outcome);
  await kit.settle();
};

describe.each(engines)("the HTTP client on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });
  const calling = (call: string) =>
    run(`async onRequest(_request, context) { const reply = await ${call}; note(reply.status); }`);
  const sent = async (call: string) => {
    const kit = await calling(call);
    kit.get();
    await kit.settle();
    const [first] = kit.upstreams.calls;
    return {
      kit,
      upstream: first?.upstream,
      headers: first?.headers,
      body: first?.body && Buffer.from(first.body).toString(),
      timeout: first?.limits.timeoutMilliseconds,
    };
  };

  it("calls an upstream by its name", async () => {
    const call = await sent(`upstream(context, "auth").fetch("/check?a=b")`);
    expect(call).toMatchObject({ upstream: "auth", body: undefined, timeout: 10_000 });
    expect(call.headers).toEqual([":method", "GET", ":path", "/check?a=b", ":authority", "auth", ":scheme", "http"]);
  });

  it.each([
    ["https://Auth.Internal:8443", "auth.internal:8443", "https"],
    ["http://auth.internal:80", "auth.internal", "http"],
    ["http://[::1]:8080", "[::1]:8080", "http"],
  ])("sends the authority of the URL that the upstream of a name has: %s", async (url, authority, scheme) => {
    const kit = await run(`onRequest: async (_request, context) => { await upstream(context, "auth").fetch("/x"); }`, {
      pluginConfiguration: { config: {}, sluice: { name: "p0", upstreams: { auth: url, other: "http://other.test" } } },
    });
    kit.get();
    await kit.settle();
    expect(kit.upstreams.calls[0]).toMatchObject({ upstream: "auth" });
    expect(kit.upstreams.calls[0]?.headers).toEqual([
      ":method",
      "GET",
      ":path",
      "/x",
      ":authority",
      authority,
      ":scheme",
      scheme,
    ]);
  });

  it.each([
    [`fetch()`, "/base"],
    [`fetch("/x")`, "/base/x"],
    [`fetch("x?y=1")`, "/base/x?y=1"],
  ])("calls an upstream by a URL, whose path comes first: %s", async (call, path) => {
    const { upstream, headers } = await sent(`upstream(context, "http://auth.internal:8080/base").${call}`);
    expect(upstream).toBe("http|auth.internal|8080");
    expect(headers).toEqual([":method", "GET", ":path", path, ":authority", "auth.internal:8080", ":scheme", "http"]);
  });

  it("sends any method, headers with their duplicates, a body, its own host and time-out", async () => {
    const { headers, body, timeout } = await sent(`upstream(context, "auth").fetch("/", {
      method: "PROPFIND", body: "text ü", timeout: 250,
      headers: [["X-A", "1"], ["x-a", "2"], ["Host", "other.test"], ["content-length", "999"], ["transfer-encoding", "chunked"]],
    })`);
    expect(headers).toEqual([
      ":method",
      "PROPFIND",
      ":path",
      "/",
      ":authority",
      "other.test",
      ":scheme",
      "http",
      "x-a",
      "1",
      "x-a",
      "2",
    ]);
    expect([body, timeout]).toEqual(["text ü", 250]);
  });

  it("takes headers as an object, a body as bytes", async () => {
    const { headers, body } = await sent(
      `upstream(context, "auth").fetch("/", { method: "POST", headers: { accept: "a/b" }, body: new Uint8Array([65, 66]) })`,
    );
    expect(headers?.slice(-2)).toEqual(["accept", "a/b"]);
    expect(body).toBe("AB");
  });

  it.each([
    [`upstream(context, "auth").fetch("/a b")`, "HEADER_VALUE"],
    [`upstream(context, "auth").fetch("/a\\r\\nx: y")`, "HEADER_VALUE"],
    [`upstream(context, "auth").fetch("/", { method: "GET /" })`, "HEADER_VALUE"],
    [`upstream(context, "auth").fetch("/", { method: "CONNECT" })`, "HEADER_VALUE"],
    [`upstream(context, "auth").fetch("/", { headers: { "a b": "c" } })`, "HEADER_NAME"],
    [`upstream(context, "auth").fetch("/", { headers: { ":path": "/x" } })`, "PSEUDO_HEADER"],
    [`upstream(context, "auth").fetch("/", { headers: { a: "b\\n" } })`, "HEADER_VALUE"],
    [`upstream(context, "auth").fetch("/", { headers: { host: "a b" } })`, "HEADER_VALUE"],
    [`upstream(context, "ftp://x/")`, "UPSTREAM_URL"],
    [`upstream(context, "")`, "UPSTREAM_URL"],
    [`upstream(context, "no such name")`, "UPSTREAM_URL"],
    [`upstream(context, "missing").fetch("/")`, "UPSTREAM_UNKNOWN"],
    [`upstream(context, "http://elsewhere/").fetch("/")`, "UPSTREAM_UNKNOWN"],
  ])("refuses %s with %s", async (call, code) => {
    const kit = await run(`async onRequest(_request, context) { note(await codeOf(() => ${call})); }`);
    kit.get();
    await kit.settle();
    expect(kit.notes).toEqual([code]);
    expect(kit.upstreams.calls).toHaveLength(0);
  });

  it("gives the whole reply: status, repeated headers apart, body, trailers", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        const reply = await upstream(context, "auth").fetch("/");
        note([reply.status, reply.ok, reply.headers.getAll("Set-Cookie"), [...reply.headers], reply.text(), reply.json(), reply.bytes().length, reply.trailers?.get("t")]);
      }`);
    kit.get();
    await finish(kit, ok(201, ["set-cookie", "a", "x", "y", "set-cookie", "b"], '{"a":1}', ["t", "1"]));
    expect(kit.notes).toEqual([
      [
        201,
        true,
        ["a", "b"],
        [
          ["set-cookie", "a"],
          ["x", "y"],
          ["set-cookie", "b"],
        ],
        '{"a":1}',
        { a: 1 },
        7,
        "1",
      ],
    ]);
  });

  it("takes error statuses for replies", async () => {
    const kit = await run(
      `async onRequest(_request, context) { const r = await upstream(context, "auth").fetch("/"); note([r.status, r.ok, r.text(), r.trailers]); }`,
    );
    kit.get();
    await finish(kit, ok(503));
    expect(kit.notes).toEqual([[503, false, "", undefined]]);
  });

  it.each([
    ["timeout", "UPSTREAM_TIMEOUT"],
    ["unreachable", "UPSTREAM_UNREACHABLE"],
    ["reset", "UPSTREAM_UNREACHABLE"],
    ["too-large", "UPSTREAM_TOO_LARGE"],
  ] as const)("throws an UpstreamError for %s", async (failure, code) => {
    const kit = await run(`
      async onRequest(_request, context) {
        try { await upstream(context, "auth").fetch("/p?token=abc"); }
        catch (error: any) { note([error instanceof UpstreamError, error instanceof SluiceError, error.name, error.code, error.upstream, error.message.includes("abc")]); }
      }`);
    const exchange = kit.get();
    await finish(kit, { ok: false, failure, detail: "" });
    expect(kit.notes).toEqual([[true, true, "UpstreamError", code, "auth", false]]);
    expect(exchange.forwarded).toBe(true);
  });

  it.each([
    "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
    "no healthy upstream",
  ])("takes Envoy's own 503 for no reply: %s", async (text) => {
    const kit = await run(`
        async onRequest(_request, context) { note(await codeOf(() => upstream(context, "auth").fetch("/"))); }`);
    kit.get();
    await finish(kit, ok(503, [], text));
    expect(kit.notes).toEqual(["UPSTREAM_UNREACHABLE"]);
  });

  it.each([
    ["upstream request timeout", "UPSTREAM_TIMEOUT"],
    ["", "504"],
    ["the database took too long", "504"],
  ])("takes a 504 that says %j for %s: Envoy tells a time-out in these words", async (text, outcome) => {
    const kit = await run(`
        async onRequest(_request, context) {
          try { note(String((await upstream(context, "auth").fetch("/", { timeout: 2_000 })).status)); } catch (error) { note((error as any).code); }
        }`);
    kit.get();
    // Whatever the clock says: Envoy's timers may run ahead of it.
    await kit.advance(1_500);
    await finish(kit, ok(504, [], text));
    expect(kit.notes).toEqual([outcome]);
  });

  it.each([
    [503, ["content-length", "98", "content-type", "text/plain"], "UPSTREAM_UNREACHABLE"],
    [504, ["content-length", "24", "content-type", "text/plain"], "UPSTREAM_TIMEOUT"],
    [503, ["content-length", "98", "content-type", "text/plain", "date", "Mon, 01 Jan 2024 00:00:00 GMT"], "503"],
    [503, ["content-length", "98", "content-type", "text/html"], "503"],
    [500, ["content-length", "98", "content-type", "text/plain"], "500"],
  ])(
    "by HEAD takes a %i with %j for %s: of Envoy's own answer that is all there is",
    async (status, headers, outcome) => {
      const kit = await run(`
        async onRequest(_request, context) {
          try { note(String((await upstream(context, "auth").fetch("/", { method: "HEAD" })).status)); } catch (error) { note((error as any).code); }
        }`);
      kit.get();
      await finish(kit, ok(status, headers));
      expect(kit.notes).toEqual([outcome]);
    },
  );

  it("is not made with a signal that is aborted already, whose reason it throws", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        for (const signal of [AbortSignal.abort(), AbortSignal.abort("why"), AbortSignal.abort(undefined)]) {
          await upstream(context, "auth").fetch("/", { signal }).catch((error: any) => { note(error.name ?? error); });
        }
        note(await codeOf(() => upstream(context, "auth").fetch("/", { signal: {} as AbortSignal })));
        note((await upstream(context, "auth").fetch("/", { signal: null })).status);
      }`);
    kit.get();
    await finish(kit, ok(204));
    expect(kit.notes).toEqual(["AbortError", "why", "AbortError", "FETCH_OPTIONS", 204]);
    expect(kit.upstreams.calls).toHaveLength(1);
  });

  it("is given up when its signal is aborted, after whoever aborts it, and its late reply is dropped", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        const { clock } = context;
        const controller = new AbortController();
        setTimeout(() => { controller.abort(new Error("enough")); note("aborted"); }, 10);
        try { await upstream(context, "auth").fetch("/", { signal: controller.signal }); } catch (error: any) { note(error.message); }
        await clock.sleep(20);
        note("after");
      }`);
    const exchange = kit.get();
    await kit.advance(10);
    expect(kit.notes).toEqual(["aborted", "enough"]);
    await finish(kit, ok(200));
    await kit.advance(20);
    expect(kit.notes).toEqual(["aborted", "enough", "after"]);
    expect(exchange.forwarded).toBeDefined();
  });

  it("is given up after the time of its signal", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        try { await upstream(context, "auth").fetch("/", { signal: AbortSignal.timeout(50) }); } catch (error: any) { note(error.name); }
      }`);
    kit.get();
    await kit.advance(49);
    expect(kit.notes).toEqual([]);
    await kit.advance(1);
    expect(kit.notes).toEqual(["TimeoutError"]);
  });

  it("is not told of a signal that is aborted when it has ended, and leaves nothing at it", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        const controller = new AbortController();
        const { signal } = controller;
        let listeners = 0;
        const { addEventListener: add, removeEventListener: remove } = signal;
        signal.addEventListener = (...args: any) => { listeners++; (add as any).apply(signal, args); };
        signal.removeEventListener = (...args: any) => { listeners--; (remove as any).apply(signal, args); };
        note((await upstream(context, "auth").fetch("/", { signal })).status);
        controller.abort();
        note(listeners);
      }`);
    kit.get();
    await finish(kit, ok(200));
    expect(kit.notes).toEqual([200, 0]);
  });

  it("with the exchange's own signal does not wake a filter that is cancelled", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const { signal } = context;
        try {
          await request.intoHeadersState();
          await upstream(context, "auth").fetch("/", { signal });
        } catch { note("caught"); } finally { note("finally"); }
      }`);
    const exchange = kit.get();
    await kit.settle();
    await exchange.vanish();
    await kit.settle();
    expect(kit.notes).toEqual(["finally"]);
  });

  it.each([
    [
      "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
      "UPSTREAM_UNREACHABLE",
    ],
    ["no healthy upstream", "UPSTREAM_UNREACHABLE"],
    ["upstream request timeout", "UPSTREAM_TIMEOUT"],
    ["the database is down", "200"],
  ])("over gRPC takes a reply without a body that says %j for %s", async (text, outcome) => {
    const kit = await run(`
        async onRequest(_request, context) {
          try { note(String((await upstream(context, "auth").fetch("/", { headers: { "content-type": "application/grpc" } })).status)); } catch (error) { note((error as any).code); }
        }`);
    kit.get();
    await finish(kit, ok(200, ["content-type", "application/grpc", "grpc-status", "14", "grpc-message", text], ""));
    expect(kit.notes).toEqual([outcome]);
  });

  it.each(["0", "-1", "NaN", "Infinity", '"5s"', "2147483648"])("refuses a timeout of %s", async (timeout) => {
    const kit = await run(`
      async onRequest(_request, context) { note(await codeOf(() => upstream(context, "auth").fetch("/", { timeout: ${timeout} as number }))); }`);
    kit.get();
    await kit.settle();
    expect(kit.notes).toEqual(["FETCH_TIMEOUT"]);
    expect(kit.upstreams.calls).toEqual([]);
  });

  it("that is not listened to fails the filter closed", async () => {
    const kit = await calling(`upstream(context, "auth").fetch("/")`);
    const exchange = kit.get();
    await finish(kit, { ok: false, failure: "unreachable", detail: "" });
    expect(exchange.client.status).toBe(500);
    expect(kit.logs[0]).toMatchObject({ error: { code: "UPSTREAM_UNREACHABLE" } });
  });

  it("makes calls at the same time, in filters of both phases and in configure", async () => {
    const kit = await run(`
      async onRequest(_request, context) {
        const auth = upstream(context, "auth");
        const replies = await Promise.all([auth.fetch("/1"), auth.fetch("/2"), auth.fetch("/3")]);
        note(replies.map((reply) => reply.text()));
        note((await Promise.race([auth.fetch("/4"), auth.fetch("/5")])).text());
        note((await Promise.allSettled([auth.fetch("/6")])).map(({ status }) => status));
      }`);
    const exchange = kit.get();
    await kit.settle();
    const reply = (index: number): void => kit.upstreams.calls[index]?.done(ok(200, [], String(index + 1)));
    for (const index of [2, 0, 1]) {
      reply(index);
    }
    await kit.settle();
    reply(4);
    await kit.settle();
    reply(3);
    kit.upstreams.calls[5]?.done({ ok: false, failure: "reset", detail: "" });
    await kit.settle();
    expect(kit.notes).toEqual([["1", "2", "3"], "5", ["rejected"]]);
    expect(exchange.forwarded).toBe(true);
  });
});

describe.each(engines)("clock, timers, logger and properties on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it("go by the host's clock", async () => {
    const kit = await run(`
      async onRequest(_request, { clock }) {
        const from = clock.now();
        await clock.sleep(1500);
        note(clock.now() - from);
        await new Promise((resolve) => setTimeout(resolve as any, 500));
        note(clock.now() - from);
        const id = setTimeout(() => { note("cleared"); }, 10);
        clearTimeout(id);
        clearTimeout(undefined);
        clearTimeout(4711);
        await clock.sleep(20);
        await clock.sleep(0);
        await clock.sleep(-5);
      }`);
    const exchange = kit.get();
    await kit.advance(1499);
    expect(kit.notes).toEqual([]);
    for (const step of [1, 500, 20, 1, 1]) {
      await kit.advance(step);
    }
    expect(kit.notes).toEqual([1500, 2000]);
    expect(exchange.forwarded).toBe(true);
  });

  it("run many timers in the order in which they are due", async () => {
    const kit = await run(`
      async onRequest(_request, { clock }) { await Promise.all([30, 10, 20, 10].map(async (ms, index) => { await clock.sleep(ms); note([ms, index]); })); }`);
    kit.get();
    await kit.advance(100);
    expect(kit.notes).toEqual([
      [10, 1],
      [10, 3],
      [20, 2],
      [30, 0],
    ]);
  });

  it("survive a callback that throws", async () => {
    const kit = await run(
      `onRequest() { setTimeout(() => { throw new Error("in timer"); }, 5); setTimeout(() => { note("next"); }, 5); }`,
    );
    kit.get();
    await kit.advance(10);
    expect(kit.notes).toEqual(["next"]);
    expect(kit.logs.find(({ msg }) => msg === "A callback of setTimeout threw")).toMatchObject({
      request: "req-1",
      stack: expect.stringContaining("Error: in timer\n") as string,
    });
  });

  it("write lines with policy, route and request, at every level, and only from the host's level on", async () => {
    const parts = `
      onRequest(_request, { logger }) { for (const level of ["trace", "debug", "info", "warn", "error"] as const) logger[level](level, { n: 1, policy: "spoofed", msg: "spoofed" }); }`;
    const kit = await run(parts);
    kit.get();
    await kit.settle();
    expect(kit.logs).toEqual(
      ["trace", "debug", "info", "warn", "error"].map((msg, level) => ({
        level,
        policy: "p0",
        route: "route-1",
        request: "req-1",
        n: 1,
        msg,
      })),
    );
    const quiet = await run(parts, { logLevel: LogLevel.Warn });
    quiet.get();
    await quiet.settle();
    expect(quiet.logs.map(({ msg }) => msg)).toEqual(["warn", "error"]);
  });

  it("write console's lines for the request whose code runs, also after awaiting and in called functions", async () => {
    const kit = await run(`
      async onRequest(request, { clock }) {
        const { headers } = await request.intoHeadersState();
        const id = headers.get("x-id")!;
        const helper = async () => { await clock.sleep(10); console.warn("helper " + id, { id }); await null; console.log("helper again " + id); };
        await helper();
        setTimeout(() => { console.error("timer " + id); }, 10);
        console.info("filter", id);
        console.debug(1, null, undefined, [2]);
      }`);
    kit.facts = { ...testFacts, requestId: "one" };
    kit.get(["x-id", "one"]);
    kit.facts = { ...testFacts, requestId: "two" };
    const second = kit.get(["x-id", "two"]);
    await kit.advance(10);
    await kit.advance(10);
    const lines = kit.logs.filter(({ msg }) => /one|two/.test(msg));
    expect(lines).toHaveLength(8);
    for (const { msg, request } of lines) {
      expect(`${msg} of ${String(request)}`).toMatch(/ (one of one|two of two)$/);
    }
    expect(kit.logs.find(({ msg }) => msg.startsWith("1 null"))).toMatchObject({
      msg: "1 null undefined",
      values: [2],
    });
    expect(second.forwarded).toBe(true);
  });

  it("write nothing of the kit's when they are given a filter's own objects", async () => {
    const kit = await run(`
      async onRequest(request, context) {
        const state = await request.intoHeadersState();
        context.logger.info("all", { first: request, state, context, list: [request], answer: new Response(401) });
        note(JSON.stringify([request, state, context, state.headers, Flow.Break(new Response(401))]));
      }`);
    kit.get();
    await kit.settle();
    const shown = { method: "GET", pathname: "/a", headers: [] };
    expect(kit.logs[0]).toEqual(
      expect.objectContaining({ first: shown, state: shown, context: {}, list: [shown], answer: {} }),
    );
    expect(kit.notes.map((note) => JSON.parse(String(note)) as unknown)).toEqual([
      [shown, shown, {}, {}, { response: {} }],
    ]);
  });

  it("show the connection's facts", async () => {
    const kit = await run(`
      onRequest(_request, { properties }) { note([properties.clientAddress, properties.upstreamAddress, properties.tls, properties.requestId, properties.routeName]); },
      onResponse(_response, { properties }) { note([properties.upstreamAddress, new TextDecoder().decode(properties.get(["request", "method"])), properties.get(["no", "such"])]); }`);
    await kit.get().respond(200);
    expect(kit.notes).toEqual([
      ["192.0.2.7:4711", undefined, undefined, "req-1", "route-1"],
      ["10.0.0.9:8080", "GET", undefined],
    ]);
  });

  it("of one exchange do not tell of another one when the filter goes on after its end", async () => {
    const kit = await inProcessChain(
      [
        {
          top: "let wake: any; const woken = new Promise<void>((resolve) => { wake = resolve; });",
          parts: `
        async onRequest(request, { logger, properties }) {
          const { headers } = await request.intoHeadersState();
          if (!headers.has("x-late")) return wake();
          void woken.then(() => { note(properties.requestId); note(properties.get(["request", "path"])); logger.info("late"); });
        },
        onResponse() {}`,
        },
      ],
      engine,
    );
    await kit.get(["x-late", "1"]).respond(200);
    kit.facts = { ...testFacts, requestId: "req-2" };
    await kit.get().respond(200);
    expect(kit.notes).toEqual([undefined, undefined]);
    expect(kit.logs.find(({ msg }) => msg === "late")).not.toHaveProperty("request");
  });
});

describe.each(engines)("onDone on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });
  const done = `onDone(exchange, { config, logger, properties, request }) {
    note({ ...exchange, requestHeaders: request.headers.get("x"), responseHeaders: exchange.responseHeaders.get("y") });
  }`;

  it("runs once with status, outcome, durations and the headers as they went", async () => {
    const kit = await run(`
      async onRequest(request, { clock }) { (await request.intoHeadersState()).headers.set("x", "sent"); await clock.sleep(10); },
      async onResponse(response, { clock }) { (await response.intoHeadersState()).headers.set("y", "got"); await clock.sleep(20); }, ${done}`);
    const exchange = kit.get();
    await kit.advance(10);
    await kit.advance(5);
    await exchange.respond(201);
    await kit.advance(20);
    expect(kit.notes).toEqual([
      {
        status: 201,
        outcome: "continue",
        reason: undefined,
        durations: { total: 35, requestFilter: 10, responseFilter: 20 },
        requestHeaders: "sent",
        responseHeaders: "got",
      },
    ]);
  });

  it.each([
    ["break", "onRequest: async () => new Response(401),", 401, undefined],
    ["send", "onResponse: async (r) => (await r.intoHeadersState()).sendResponse(new Response(402)),", 402, undefined],
    ["continue", "", 200, undefined],
    ["failed", "onRequest() { throw new Error(); },", 500, "failed"],
    ["failed", "onResponse() { throw new Error(); },", 500, "failed"],
  ])("tells the outcome %s: %s", async (outcome, parts, status, reason) => {
    const kit = await run(parts + done);
    const exchange = kit.get();
    await kit.settle();
    if (exchange.forwarded) {
      await exchange.respond(200);
    }
    expect(kit.notes).toEqual([expect.objectContaining({ outcome, status, reason })]);
  });

  it("does not run for requests that the policy has not seen", async () => {
    const kit = await run(`async onRequest() {}, ${done}`);
    expect(kit.notes).toEqual([]);
  });

  it("cannot change anything any more", async () => {
    const kit = await run(`
      async onRequest(request) { return Flow.Continue(await request.intoHeadersState()); },
      async onResponse(response, { requestData }) { (globalThis as any).__test.head = await response.intoHeadersState(); },
      onDone() { try { (globalThis as any).__test.head.headers.set("a", "b"); } catch (error: any) { note(error.code); } }`);
    await kit.get().respond(200);
    expect(kit.notes).toEqual(["STATE_CONSUMED"]);
  });
});
