import { describe, expect, it } from "vitest";
import { LogLevel } from "../../src/abi/constants.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { engines, type InProcess, inProcess, inProcessChain } from "../support/in-process.js";

describe.each(engines)("configure on the %s engine", (engine) => {
  const run = (parts: string, options: object = {}, top = "") => inProcessChain([{ parts, top, ...options }], engine);
  const answerCall = async (kit: InProcess, status = 200): Promise<void> => {
    kit.upstreams.calls.at(-1)?.done({ ok: true, status, headers: [], body: new Uint8Array(0), trailers: [] });
    await kit.settle();
  };
  const fromCall = `
    async configure(context) {
      const { config, clock, logger } = context;
      note("configure");
      const reply = await upstream(context, "auth").fetch("/keys");
      if (!reply.ok) throw new Error("no keys: " + reply.status);
      logger.info("configured at " + clock.now());
      return { status: reply.status, [Symbol.dispose ?? "dispose"]() { note("disposed"); } };
    },
    async onRequest(request, { resources }) { (await request.intoHeadersState()).headers.set("x-keys", String((resources as any).status)); },
    onResponse: () => { note("response"); },
    onDone() { note("done"); }`;

  it("runs once, and what it returns is there in the filters", async () => {
    const kit = await run(
      `configure: () => ({ n: 7 }), onRequest(_r, { resources }) { note((resources as any).n); }, onDone(_e, { resources }) { note(resources); }`,
    );
    for (let index = 0; index < 2; index++) {
      await kit.get().respond(200);
    }
    expect(kit.notes).toEqual([7, { n: 7 }, 7, { n: 7 }]);
  });

  it("may be async: requests that arrive meanwhile wait, bodies included", async () => {
    const kit = await run(fromCall);
    const first = kit.get();
    const second = kit.post();
    await second.send("body", true);
    expect([first.forwarded, second.client.heads]).toEqual([false, 0]);
    await answerCall(kit);
    expect(kit.upstreams.forwards).toHaveLength(2);
    expect(kit.upstreams.forwards[1]?.body).toBe("body");
    expect(kit.upstreams.forwards.map(({ headers }) => headers.slice(-2))).toEqual([
      ["x-keys", "200"],
      ["x-keys", "200"],
    ]);
    expect(kit.notes).toEqual(["configure"]);
  });

  it("is not waited for longer than 5 s", async () => {
    const kit = await run(
      `configure: () => new Promise(() => {}), onRequest() { note("request"); }, onDone() { note("done"); }`,
    );
    await kit.advance(1_000);
    const exchange = kit.get();
    await kit.advance(3_999);
    expect(exchange.client.heads).toBe(0);
    await kit.advance(1);
    expect([exchange.client.status, exchange.client.body]).toEqual([503, "Service Unavailable\n"]);
    expect(kit.notes).toEqual([]);
    expect(kit.logs.some(({ msg, level }) => msg.startsWith("CONFIGURE_FAILED") && level === LogLevel.Error)).toBe(
      true,
    );
  });

  it.each([
    ["throws", "configure() { note('try'); throw new Error('no'); }"],
    ["rejects", "async configure() { note('try'); await null; throw new Error('no'); }"],
  ])("that %s is tried again after 1 s, 2 s, 4 s … at most 30 s", async (_what, parts) => {
    const kit = await run(parts);
    await kit.settle();
    let tries = 1;
    for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      expect(kit.notes).toHaveLength(tries);
      await kit.advance(pause - 1);
      expect(kit.notes).toHaveLength(tries);
      await kit.advance(1);
      tries++;
    }
    expect(kit.notes).toHaveLength(tries);
    expect(kit.logs.every(({ msg }) => msg.startsWith("CONFIGURE_FAILED"))).toBe(true);
  });

  it("that fails makes every request a 503 at once, filters and onDone unseen, until a retry succeeds", async () => {
    const kit = await run(fromCall);
    const waiting = kit.get();
    await kit.settle();
    await answerCall(kit, 500);
    const late = kit.get();
    await kit.settle();
    expect([waiting.client.status, late.client.status]).toEqual([503, 503]);
    expect(kit.notes).toEqual(["configure"]);
    await kit.advance(1_000);
    await answerCall(kit);
    const good = kit.get();
    await good.respond(200);
    expect(good.client.status).toBe(200);
    expect(kit.notes).toEqual(["configure", "configure", "response", "done"]);
  });

  it("that fails with onError: allow lets requests pass unseen, response filters included", async () => {
    const kit = await run(fromCall, { onError: "allow" });
    await kit.settle();
    await answerCall(kit, 500);
    const exchange = kit.get();
    await exchange.respond(200);
    expect([exchange.client.status, exchange.sent("x-keys")]).toEqual([200, []]);
    expect(kit.notes).toEqual(["configure"]);
  });

  it("lets a waiting request be answered by others, unseen by this policy", async () => {
    const kit = await inProcessChain(
      [
        {
          parts: `async onRequest(request) { for await (const chunk of (await request.intoBodyStreamState()).stream) return new Response(418); }`,
        },
        { parts: fromCall },
      ],
      engine,
    );
    const exchange = kit.post();
    await exchange.send("x");
    expect(exchange.client.status).toBe(418);
    expect(kit.notes).toEqual(["configure"]);
    await answerCall(kit);
    expect(exchange.forwarded).toBe(false);
  });

  it("forgets a waiting request whose client goes away", async () => {
    const kit = await run(fromCall);
    const exchange = kit.get();
    await exchange.vanish();
    await answerCall(kit);
    expect(exchange.forwarded).toBe(false);
    await kit.advance(defaultLimits.streamIdleMilliseconds);
    expect(kit.clock.pending).toBe(0);
  });
});

describe.each(engines)("a policy that goes, on the %s engine", (engine) => {
  it("takes what it does beside the exchanges with it: whoever sleeps never goes on", async () => {
    const kit = await inProcess(
      `configure({ clock }) {
      void (async () => { for (;;) { await clock.sleep(100); note("tick"); } })();
      setTimeout(() => note("time-out"), 500);
    }`,
      { engine },
    );
    for (let milliseconds = 0; milliseconds < 250; milliseconds += 50) {
      await kit.advance(50);
    }
    expect(kit.notes).toEqual(["tick", "tick"]);
    void kit.policies[0]?.close();
    await kit.advance(1_000);
    expect(kit.notes).toEqual(["tick", "tick"]);
    expect(kit.clock.pending).toBe(0);
  });
});

describe.each(engines)("the signal of configure, on the %s engine", (engine) => {
  const loop = `
    const attempt = ++attempts;
    signal.addEventListener("abort", () => { note(attempt + " aborted: " + signal.reason); });
    void (async () => { while (!signal.aborted) { await clock.sleep(1000); note(attempt + " tick"); } note(attempt + " ended"); })();`;
  const run = (parts: string) => inProcessChain([{ parts, top: "let attempts = 0;" }], engine);
  const steps = async (kit: InProcess, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await kit.advance(1_000);
    }
  };

  it("is aborted when the policy goes, and not before", async () => {
    const kit = await run(`async configure({ signal, clock }) { ${loop} }`);
    await steps(kit, 2);
    expect(kit.notes).toEqual(["1 tick", "1 tick"]);
    void kit.policies[0]?.close();
    await steps(kit, 3);
    expect(kit.notes).toEqual(["1 tick", "1 tick", "1 aborted: policy-removed"]);
    expect(kit.clock.pending).toBe(0);
  });

  it.each([
    ["throws", 'if (attempt === 1) throw new Error("not yet");', 0],
    ["rejects", 'await null; if (attempt === 1) throw new Error("not yet");', 0],
    ["takes too long", "if (attempt === 1) await new Promise(() => {});", 5],
  ])(
    "is aborted when that attempt %s, so its loop ends; the next attempt has one of its own",
    async (_how, fails, after) => {
      const kit = await run(`async configure({ signal, clock }) { ${loop} ${fails} }`);
      await steps(kit, after + 3);
      const first = kit.notes.filter((text) => String(text).startsWith("1 "));
      expect(first).toContain("1 aborted: failed");
      expect(first.at(-1)).toBe("1 ended");
      expect(kit.notes.filter((text) => String(text).startsWith("2 "))).toContain("2 tick");
      expect(kit.notes.filter((text) => /^2 (?:aborted|ended)/.test(String(text)))).toEqual([]);
      void kit.policies[0]?.close();
      await kit.settle();
      expect(kit.notes.at(-1)).toBe("2 aborted: policy-removed");
    },
  );
});

// Node gives these symbols to its main realm only, so this cannot be tried on the strict engine.
describe("what configure returns", () => {
  it("is disposed of when the policy goes", async () => {
    const kit = await inProcessChain([
      {
        parts: `configure: () => ({ [Symbol.asyncDispose]: async () => { note("async"); }, [Symbol.dispose]: () => { note("sync"); } })`,
      },
    ]);
    await kit.settle();
    void kit.policies[0]?.close();
    await kit.settle();
    expect(kit.notes).toEqual(["async"]);
  });

  it("is disposed of when the policy was gone before configure ended", async () => {
    const kit = await inProcessChain([
      {
        parts: `
      async configure() { await new Promise<void>((resolve) => { (globalThis as any).__test.go = resolve; }); return { [Symbol.dispose]: () => { note("disposed"); } }; }`,
      },
    ]);
    await kit.settle();
    void kit.policies[0]?.close();
    (globalThis.__test as unknown as { go: () => void }).go();
    await kit.settle();
    expect(kit.notes).toEqual(["disposed"]);
  });
});

describe("a configuration", () => {
  const top = `import * as v from "valibot";`;
  const schema = `config: v.object({ realm: v.optional(v.string(), "oauth2"), limits: v.optional(v.array(v.object({ n: v.number() })), []) }),
    onRequest(_r, { config }) { note(config); }`;
  const run = (config: unknown, parts = schema) =>
    inProcessChain([{ parts, config, top: parts === schema ? valibot : "" }]);
  const valibot = top.replace(
    '"valibot"',
    JSON.stringify(new URL("../../node_modules/valibot/dist/index.mjs", import.meta.url).pathname),
  );

  it("reaches the filters as the schema gives it, defaults filled in", async () => {
    const kit = await run({});
    kit.get();
    await kit.settle();
    expect(kit.notes).toEqual([{ realm: "oauth2", limits: [] }]);
  });

  it("that the schema refuses stops the start, with every place", async () => {
    await expect(run({ realm: 7, limits: [{ n: 1 }, { n: "x" }] })).rejects.toThrow(
      /config\.realm: .*; config\.limits\[1\]\.n: /,
    );
    await expect(run({ realm: 7 })).rejects.toMatchObject({ code: "CONFIG_REFUSED" });
  });

  it("is what was given where there is no schema", async () => {
    const kit = await run({ any: [1] }, "onRequest(_r, { config }) { note(config); }");
    kit.get();
    await kit.settle();
    expect(kit.notes).toEqual([{ any: [1] }]);
  });

  it("of a schema that validates asynchronously is refused", async () => {
    await expect(
      run({}, `config: { "~standard": { version: 1, vendor: "test", validate: async () => ({ value: 1 }) } } as any`),
    ).rejects.toThrow(/asynchronous/);
  });
});

describe("definePolicy", () => {
  it.each([
    ["onRequests() {}", "POLICY_DEFINITION", "onRequests"],
    ["onRequest: 7 as any", "POLICY_DEFINITION", "onRequest: expected a function"],
    ["config: { a: 1 } as any", "POLICY_DEFINITION", "Standard Schema"],
  ])("refuses %s", async (parts, _code, text) => {
    await expect(inProcess(parts)).rejects.toThrow(text);
  });
});
