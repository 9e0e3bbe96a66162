import { describe, expect, it } from "vitest";
import { LogLevel } from "../../src/abi/constants.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { engines, inProcess } from "../support/in-process.js";

describe.each(engines)("a filter that fails on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });
  const ways = [
    ["throws", "throw new Error('secret detail');"],
    ["throws what is no error", "throw 'secret detail';"],
    ["throws nothing", "throw undefined;"],
    ["rejects", "await Promise.reject(new Error('secret detail'));"],
    ["throws after a while", "await null; await clock.sleep(5); throw new Error('secret detail');"],
  ] as const;

  describe.each(["onRequest", "onResponse"])("in %s", (part) => {
    it.each(ways)("because it %s: the client learns nothing, the log everything", async (_what, code) => {
      const kit = await run(
        `async ${part}(message: any, { clock }) { ${code} }, onDone({ outcome, reason, status }) { note([outcome, reason, status]); }`,
      );
      const exchange = kit.get();
      if (part === "onResponse") {
        await exchange.respond(200, ["x", "1"], "upstream's");
      }
      await kit.advance(5);
      expect([exchange.client.status, exchange.client.body]).toEqual([500, "Internal Server Error\n"]);
      expect(exchange.client.headers).toEqual(["content-type", "text/plain", "content-length", "22"]);
      expect(kit.notes).toEqual([["failed", "failed", 500]]);
      expect(kit.logs).toHaveLength(1);
      expect(kit.logs[0]).toMatchObject({ level: LogLevel.Error, policy: "p0", route: "route-1", request: "req-1" });
      expect(kit.logs[0]?.msg).toMatch(/^POLICY_FAILED: the (request|response) filter failed/);
      if (!code.includes("undefined")) {
        expect(kit.lines[0]).toContain("secret detail");
      }
    });

    it.each(ways)("is left out with onError: allow when it %s", async (_what, code) => {
      const kit = await run(
        `async ${part}(message: any, { clock }) { (await message.intoHeadersState()).headers.set("x", "changed"); ${code} }`,
        { onError: "allow" },
      );
      const exchange = kit.get(["x", "old"]);
      await kit.advance(5);
      await exchange.respond(200, ["x", "1"], "upstream's");
      await kit.advance(5);
      expect([exchange.client.status, exchange.client.body]).toEqual([200, "upstream's"]);
      expect([exchange.sent("x"), exchange.got("x")]).toEqual([["old"], ["1"]]);
      expect(kit.logs).toHaveLength(1);
    });
  });

  it("without being async fails alike", async () => {
    for (const code of ["throw new Error('no')", "return Promise.reject(new Error('no'))", "return (null as any).x"]) {
      const kit = await run(`onRequest() { ${code}; }`);
      const exchange = kit.get();
      await exchange.settle();
      expect(exchange.client.status).toBe(500);
    }
  });

  it("has its code, message and stack logged", async () => {
    const kit = await run(`
      async onRequest(request) {
        const { headers } = await request.intoHeadersState();
        await request[String("intoBodyState")]();
        headers.set("x", "y");
      }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(exchange.client.status).toBe(500);
    expect(kit.logs[0]).toMatchObject({
      error: { code: "STATE_CONSUMED", message: expect.stringContaining("headers.set()") },
    });
    expect(kit.logs[0]?.["stack"]).toContain("onRequest");
  });

  it("shows no secret in the log", async () => {
    const kit = await run(`
      async onRequest(request, { logger }) {
        const { headers } = await request.intoHeadersState();
        logger.info("got Bearer abc.def-ghi and https://user:pa55@host/ and /p?access_token=t0ken&x=1", { authorization: headers.get("authorization"), headers: [...headers], nested: { clientSecret: "s3cret" } });
        console.log("basic", "Basic dXNlcjpwYXNz", { password: "hunter2" });
        throw new Error("called with Bearer abc.def-ghi");
      }`);
    const exchange = kit.get(["authorization", "Bearer abc.def-ghi", "cookie", "sid=cr1sp", "x-api-key", "k3y"]);
    await exchange.settle();
    const log = kit.lines.join("\n");
    for (const secret of ["abc.def-ghi", "pa55", "t0ken", "s3cret", "dXNlcjpwYXNz", "hunter2", "cr1sp", "k3y"]) {
      expect(log).not.toContain(secret);
    }
    expect(log).toContain("[redacted]");
    expect(log).toContain("&x=1");
  });

  it("after the request's head is out breaks the request off", async () => {
    const kit = await run(`
      async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) if (chunk.length === 1) throw new Error("no"); }`);
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.send("d");
    expect(exchange.client.status).toBe(500);
    expect([exchange.upstream.body, exchange.upstream.ended, exchange.upstream.resets]).toEqual(["abc", false, 1]);
    expect(kit.partialRequests).toEqual(["p0"]);
  });

  it("on its stream with onError: allow lets the rest pass", async () => {
    const kit = await run(
      `
      async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) if (chunk.length === 1) throw new Error("no"); }`,
      { onError: "allow" },
    );
    const exchange = kit.post();
    await exchange.send("abc");
    await exchange.send("d");
    await exchange.send("ef", true);
    expect([exchange.upstream.body, exchange.upstream.ended]).toEqual(["abcdef", true]);
  });

  it("in both phases answers once", async () => {
    const kit = await run(`async onRequest() { throw new Error("a"); }, async onResponse() { throw new Error("b"); }`);
    const exchange = kit.get();
    await exchange.settle();
    expect(exchange.client.heads).toBeLessThanOrEqual(1);
    expect(exchange.client.resets + exchange.client.heads).toBe(1);
    expect(exchange.end).toBeDefined();
  });

  it("in onDone harms nobody", async () => {
    const kit = await run(`onDone() { throw new Error("in done"); }`);
    const exchange = kit.get();
    await exchange.respond(200);
    expect(exchange.client.status).toBe(200);
    expect(kit.lines.some((line) => line.includes("in done"))).toBe(true);
  });
});

describe.each(engines)("a filter's time limit on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });
  const never = "await new Promise(() => {});";

  it("is 30 s for everything it awaits", async () => {
    const kit = await run(`
      async onRequest() { try { ${never} } catch { note("catch"); } finally { note("finally"); } },
      onResponse(_r, { requestData }) { note(requestData); }`);
    const exchange = kit.get();
    await kit.advance(29_999);
    expect(exchange.client.heads).toBe(0);
    await kit.advance(1);
    expect([exchange.client.status, exchange.client.body]).toEqual([500, "Internal Server Error\n"]);
    expect(kit.notes).toEqual(["finally", { kind: "cancel", reason: "filter-timeout" }]);
    expect(kit.logs.some(({ msg }) => msg.startsWith("FILTER_TIMEOUT"))).toBe(true);
  });

  it("adds up over several waits", async () => {
    const kit = await run(`async onRequest(_request, { clock }) { for (;;) await clock.sleep(10_000); }`);
    const exchange = kit.get();
    await kit.advance(20_000);
    expect(exchange.client.heads).toBe(0);
    await kit.advance(10_001);
    expect(exchange.client.status).toBe(500);
  });

  it("with onError: allow lets the request go on as it came", async () => {
    const kit = await run(
      `async onRequest(request) { (await request.intoHeadersState()).headers.set("x", "changed"); ${never} }`,
      { onError: "allow" },
    );
    const exchange = kit.get(["x", "old"]);
    await kit.advance(30_000);
    expect(exchange.sent("x")).toEqual(["old"]);
  });

  it("does not count waiting for bytes", async () => {
    const kit = await run(`
      async onRequest(request, { clock }) { await clock.sleep(20_000); const b = await request.intoBodyState(); note(b.text()); await clock.sleep(9_000); }`);
    const exchange = kit.post();
    await kit.advance(20_000);
    await exchange.send("a");
    await kit.advance(100_000);
    await exchange.send("b", true);
    await kit.advance(9_000);
    expect(kit.notes).toEqual(["ab"]);
    expect(exchange.upstream.ended).toBe(true);
  });

  it("does not count waiting for a stream's chunks, but what is done with them", async () => {
    const kit = await run(`
      async onRequest(request, { clock }) { for await (const chunk of (await request.intoBodyStreamState()).stream) await clock.sleep(20_000); }`);
    const exchange = kit.post();
    await kit.advance(100_000);
    await exchange.send("a");
    await kit.advance(20_000);
    await kit.advance(100_000);
    await exchange.send("b");
    await kit.advance(10_000);
    expect(exchange.client.status).toBe(500);
  });

  it("does not count waiting for bytes in functions that the filter calls", async () => {
    const kit = await run(`
      async onRequest(request, { clock }) {
        const whole = async () => { await clock.sleep(1000); const state = await request.intoBodyState(); await clock.sleep(1000); return state; };
        note((await whole()).text());
        ${never}
      }`);
    const exchange = kit.post();
    await kit.advance(1_000);
    await kit.advance(100_000);
    await exchange.send("a", true);
    await kit.advance(1_000);
    expect(kit.notes).toEqual(["a"]);
    await kit.advance(27_999);
    expect(exchange.client.heads).toBe(0);
    await kit.advance(1);
    expect(exchange.client.status).toBe(500);
  });

  it("holds for plain functions that return a promise", async () => {
    const kit = await run(`onRequest() { return new Promise(() => {}); }`);
    const exchange = kit.get();
    await kit.advance(30_000);
    expect(exchange.client.status).toBe(500);
  });

  it("is each filter's own", async () => {
    const kit = await run(`
      async onRequest(_request, { clock }) { await clock.sleep(29_000); },
      async onResponse(_response, { clock }) { await clock.sleep(29_000); note("response"); }`);
    const exchange = kit.get();
    await kit.advance(29_000);
    await exchange.respond(200);
    await kit.advance(29_000);
    expect(kit.notes).toEqual(["response"]);
    expect(exchange.client.status).toBe(200);
  });

  it("of a response filter ends that one, not the request filter that still reads", async () => {
    const kit = await run(`
      async onRequest(request) { try { for await (const chunk of (await request.intoBodyStreamState()).stream); } finally { note("request ended"); } },
      async onResponse() { try { ${never} } finally { note("response ended"); } }`);
    const exchange = kit.post();
    await exchange.send("a");
    await exchange.respondHead(200);
    await kit.advance(30_000);
    expect(kit.notes[0]).toBe("response ended");
    expect(exchange.client.status).toBe(500);
    expect(kit.logs.some(({ msg }) => msg.includes("the response filter awaited"))).toBe(true);
  });

  it("leaves no timer behind when filters end in time", async () => {
    const kit = await run(`async onRequest(_request, { clock }) { await clock.sleep(1); }`);
    for (let index = 0; index < 200; index++) {
      const exchange = kit.get();
      await kit.advance(1);
      await exchange.respond(200);
      await exchange.settle();
    }
    await kit.advance(defaultLimits.streamIdleMilliseconds);
    expect(kit.clock.pending).toBe(0);
  });
});

describe.each(engines)("what a filter throws, on the %s engine,", (engine) => {
  const logged = async (thrown: string) => {
    const kit = await inProcess(`onRequest() { throw ${thrown}; }`, { engine });
    const exchange = kit.get();
    await kit.settle();
    expect(exchange.client.status).toBe(500);
    return kit.logs[0]?.["error"];
  };

  it("is told as null where it is that", async () => {
    expect(await logged("null")).toBeNull();
  });

  it("is told by its beginning where its message is long", async () => {
    expect(await logged('new Error("m".repeat(5_000_000))')).toMatchObject({
      message: expect.stringMatching(/^m{8000,8192}… \(5000000 characters\)$/) as string,
    });
  });

  it("is told by the name that the author knows where a result is none", async () => {
    const kit = await inProcess(
      "onRequest() { return Response as never; }, onResponse() { return new Response(200) as never; }",
      { engine },
    );
    kit.get();
    await kit.settle();
    expect(JSON.stringify(kit.logs)).not.toContain("_Response");
  });
});
