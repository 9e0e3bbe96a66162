/** What services get of a context: their port. */
import { describe, expect, it } from "vitest";
import type { CallOutcome } from "../../src/host/upstreams.js";
import { engines, inOneGuest, inProcess, inProcessChain } from "../support/in-process.js";

const ok = (status: number): CallOutcome => ({ ok: true, status, headers: [], body: new Uint8Array(), trailers: [] });

describe.each(engines)("a service on the %s engine", (engine) => {
  const run = (parts: string, options = {}) => inProcess(parts, { engine, ...options });

  it.each([
    ["{ ...context }", "another object"],
    ["Object.assign({}, context)", "another object"],
    ["Object.create(context)", "another object"],
    ["new Proxy(context, {})", "another object"],
    ["{}", "another object"],
    ["[context]", "another object"],
    ["context.logger", "another object"],
    ["undefined", "undefined"],
    ["null", "null"],
    ['"context"', "string"],
    ["() => context", "function"],
  ])("refuses %s in the place of a context, and names the call", async (given, got) => {
    const kit = await run(
      `async onRequest(_request, context) {
        const given: any = ${given};
        note(await messageOf(() => instancePort(given, "limit()")));
        note(await codeOf(() => exchangePort(given, "limit()")));
        note(await codeOf(() => counter(given, "requests")));
        note(await codeOf(() => setAuthentication(given, {})));
      }`,
    );
    kit.get();
    await kit.settle();
    expect(kit.notes).toEqual([
      `SERVICE_CONTEXT: limit(): expected the context that configure, a filter or onDone was given, got ${got}. A copy such as { ...context } is none: pass context itself.`,
      "SERVICE_CONTEXT",
      "SERVICE_CONTEXT",
      "SERVICE_CONTEXT",
    ]);
  });

  it("of an exchange refuses the context of configure, and takes those of filters and onDone", async () => {
    const kit = await run(`
      async configure(context) {
        note(await messageOf(() => exchangePort(context as any, "limit()")));
        note(await codeOf(() => getAuthentication(context as any)));
      },
      onRequest(_request, context) { exchangePort(context, "limit()"); },
      onResponse(_response, context) { exchangePort(context, "limit()"); },
      onDone(_exchange, context) { exchangePort(context, "limit()"); note("done"); }`);
    const exchange = kit.get();
    await exchange.respond();
    expect(kit.notes).toEqual([
      "SERVICE_CONTEXT: limit(): expected the context of a filter or of onDone, got that of configure: there is no exchange yet.",
      "SERVICE_CONTEXT",
      "done",
    ]);
    expect(kit.logs).toEqual([]);
  });

  it("is given the same port in all of an exchange, and another one in the next", async () => {
    const kit = await run(`
      configure(context) { note(instancePort(context, "a()") === instancePort(context, "b()")); return new Map(); },
      onRequest(_request, context) {
        note(exchangePort(context, "a()") === instancePort(context, "b()"));
        note(context.resources.has(exchangePort(context, "a()")));
        context.resources.set(exchangePort(context, "a()"), "noted");
      },
      onResponse(_response, context) { note(context.resources.get(exchangePort(context, "a()"))); },
      onDone(_exchange, context) { note(context.resources.get(exchangePort(context, "a()"))); }`);
    for (const _time of [1, 2]) {
      await kit.get().respond();
    }
    expect(kit.notes).toEqual([true, true, false, "noted", "noted", true, false, "noted", "noted"]);
  });

  it("is told the use of the policy: its name, its limits, the URLs of upstreams", async () => {
    const kit = await run(
      `configure(context) { const port = instancePort(context, "a()"); note([port.policy, port.limits.body, port.urlOf("auth"), port.urlOf("none"), port.now()]); }`,
      {
        pluginConfiguration: {
          config: {},
          sluice: { name: "limit", limits: { bodyBytes: 77 }, upstreams: { auth: "http://auth.test:81" } },
        },
      },
    );
    expect(kit.notes).toEqual([["limit", 77, "http://auth.test:81", undefined, kit.clock.now()]]);
  });

  it("logs with the request's id where it is given an exchange's context, also when that is over", async () => {
    const kit = await run(`
      configure(context) { instancePort(context, "a()").logger.info("configure"); },
      onRequest(_request, context) {
        instancePort(context, "a()").logger.info("request");
        setTimeout(() => { instancePort(context, "a()").logger.info("late"); }, 50);
      },
      onDone(_exchange, context) { exchangePort(context, "a()").logger.info("done"); }`);
    await kit.get().respond();
    await kit.advance(50);
    expect(kit.logs.map(({ msg, policy, request }) => [msg, policy, request])).toEqual([
      ["configure", "p0", undefined],
      ["request", "p0", "req-1"],
      ["done", "p0", "req-1"],
      ["late", "p0", "req-1"],
    ]);
  });

  it("acts on the exchange until that is over", async () => {
    const kit = await run(`
      onRequest(_request, context) {
        const port = exchangePort(context, "a()");
        note(port.exchange()?.setProperty(["mark"], new Uint8Array([7])));
        setTimeout(() => { note(port.exchange() === undefined); }, 50);
      },
      onDone(_exchange, context) { note(exchangePort(context, "a()").exchange()?.getProperty(["mark"])?.[0]); }`);
    await kit.get().respond();
    await kit.advance(50);
    expect(kit.notes).toEqual([0, 7, true]);
  });

  it("hears of the end of a filter that had not decided, and of the end of the policy's use", async () => {
    const kit = await run(`
      configure(context) {
        const { closed } = instancePort(context, "a()");
        closed.addEventListener("abort", () => { note("closed: " + closed.reason); });
      },
      async onRequest(_request, context) {
        const { signal, closed } = exchangePort(context, "a()");
        signal.addEventListener("abort", () => { note("signal: " + signal.reason); });
        closed.addEventListener("abort", () => { note("closed, told of an exchange: " + closed.reason); });
        await context.clock.sleep(1_000);
      }`);
    const exchange = kit.get();
    await exchange.vanish();
    expect(kit.notes).toEqual(["signal: client-gone"]);
    await kit.policies[0]?.close();
    expect(kit.notes).toEqual([
      "signal: client-gone",
      "closed: policy-removed",
      "closed, told of an exchange: policy-removed",
    ]);
  });

  it("hears that an attempt to configure has failed, and gets a signal of its own in the next", async () => {
    const kit = await run(`
      async configure(context) {
        const { closed } = instancePort(context, "a()");
        note("attempt, aborted: " + closed.aborted);
        closed.addEventListener("abort", () => { note("closed: " + closed.reason); });
        if (globalThis.__test.notes.length < 2) throw new Error("not yet");
      }`);
    await kit.advance(1_000);
    expect(kit.notes).toEqual(["attempt, aborted: false", "closed: failed", "attempt, aborted: false"]);
  });

  it("has timers that can be called off, and end with the policy's use", async () => {
    const kit = await run(`
      configure(context) {
        const port = instancePort(context, "a()");
        port.schedule(10, () => { note("first"); });
        port.schedule(10, () => { note("called off"); })();
        port.schedule(30, () => { note("after the end"); });
      }`);
    await kit.advance(10);
    await kit.policies[0]?.close();
    await kit.advance(100);
    expect(kit.notes).toEqual(["first"]);
  });

  const sharing = (shared = "undefined"): string => `
    configure: (context) => sharedData(instancePort(context, "a()"), ${shared}),
    onRequest(_request, { resources }) {
      const [before] = resources.get("k") ?? [];
      note(before?.[0]);
      resources.set("k", new Uint8Array([(before?.[0] ?? 0) + 1]), 0);
    },`;

  it("learns when somebody was faster with data that workers share", async () => {
    const kit = await run(`
      configure(context) {
        const data = sharedData(instancePort(context, "a()"));
        const one = new Uint8Array([1]);
        note(data.get("k"));
        note(data.set("k", one, 0));
        const [value, cas] = data.get("k") ?? [];
        note([value?.[0], data.set("k", new Uint8Array([2]), cas ?? 0), data.set("k", one, cas ?? 0)]);
      }`);
    expect(kit.notes).toEqual([undefined, 0, [1, 0, 8]]);
  });

  describe.each([
    ["guests of their own", inProcessChain],
    ["one guest", inOneGuest],
  ] as const)("of policies in %s", (_where, chain) => {
    it("shares data with nobody but its own use of a policy", async () => {
      const [one, other] = [sharing(), `${sharing()} /* another policy */`];
      const kit = await chain(
        [
          { parts: one, name: "a" },
          { parts: one, name: "b" },
          { parts: other, name: "c" },
        ],
        engine,
      );
      await kit.get().respond();
      await kit.get().respond();
      expect(kit.notes).toEqual([undefined, undefined, undefined, 1, 1, 1]);
    });

    it("shares data with all that ask for the same name, and with no other", async () => {
      const kit = await chain(
        [
          { parts: sharing('"board"'), name: "a" },
          { parts: `${sharing('"board"')} /* another policy */`, name: "b" },
          { parts: sharing('"boards"'), name: "c" },
          { parts: sharing(), name: "board" },
        ],
        engine,
      );
      await kit.get().respond();
      expect(kit.notes).toEqual([undefined, 1, undefined, undefined]);
    });
  });

  it("tells uses of one name apart by their routes", async () => {
    const use = (route: string) => ({
      parts: sharing(),
      pluginConfiguration: { config: {}, sluice: { name: "a", route } },
    });
    const kit = await inProcessChain([use("orders"), use("users"), use("orders")], engine);
    await kit.get().respond();
    expect(kit.notes).toEqual([undefined, undefined, 1]);
  });
});

describe.each(engines)("upstream() with the context of configure, on the %s engine", (engine) => {
  const run = (parts: string) => inProcess(parts, { engine });

  it("calls from a filter, which goes on with the reply", async () => {
    const kit = await run(
      `
      configure: (context) => upstream(context, "auth"),
      async onRequest(request, { resources }) {
        const reply = await resources.fetch("/check");
        request.headers.set("x-status", String(reply.status));
      }`,
    );
    const exchange = kit.get();
    await kit.settle();
    kit.upstreams.calls[0]?.done(ok(207));
    await kit.settle();
    expect(exchange.upstream.headers).toEqual(expect.arrayContaining(["x-status", "207"]));
  });

  it("calls when the exchange is over, and in onDone", async () => {
    const kit = await run(`
      configure: (context) => upstream(context, "auth"),
      onRequest(_request, { resources, clock }) {
        void clock.sleep(100).then(async () => { note(["late", (await resources.fetch("/late")).status]); });
      },
      async onDone(_exchange, { resources }) { note(["done", (await resources.fetch("/done")).status]); }`);
    await kit.get().respond();
    kit.upstreams.calls[0]?.done(ok(201));
    await kit.advance(100);
    kit.upstreams.calls[1]?.done(ok(202));
    await kit.settle();
    expect(kit.notes).toEqual([
      ["done", 201],
      ["late", 202],
    ]);
    expect(kit.upstreams.calls.map(({ headers }) => headers[3])).toEqual(["/done", "/late"]);
  });

  it("calls from an exchange's own context when that is over", async () => {
    const kit = await run(`
      onRequest(_request, context) {
        setTimeout(async () => { note((await upstream(context, "auth").fetch("/late")).status); }, 100);
      },`);
    await kit.get().respond();
    await kit.advance(100);
    kit.upstreams.calls[0]?.done(ok(203));
    await kit.settle();
    expect(kit.notes).toEqual([203]);
  });

  it("warns in the log of the use, since no exchange is known, of a failure that nobody awaits", async () => {
    const kit = await run(`
      configure: (context) => upstream(context, "auth"),
      onRequest(_request, { resources }) { void resources.fetch("/lost"); }`);
    await kit.get().respond();
    kit.upstreams.calls[0]?.done({ ok: false, failure: "reset", detail: "" });
    await kit.settle();
    expect(kit.logs).toMatchObject([
      { policy: "p0", msg: expect.stringContaining("Nobody awaits that call") as string },
    ]);
    expect(kit.logs[0]?.request).toBeUndefined();
  });
});
