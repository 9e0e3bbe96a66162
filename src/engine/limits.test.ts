import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { type ModuleHost, startModule } from "../../test/support/module-host.js";
import { buildEngine, type Engine } from "./build-engine.js";
import { snapshotModule } from "./snapshot.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const STOP = 1;
const REQUEST_END = 1;

let engine: Engine;
beforeAll(async () => {
  engine = await buildEngine(cacheDir);
}, 300_000);

/**
 * A guest that runs `code` for the first exchange, and answers 0 to every other one at once. It fails what is cut off as the
 * kit's guest does, by an answer of its own.
 */
async function start(code: string, limits = "30, 16 << 20"): Promise<ModuleHost> {
  return startModule(
    await snapshotModule(
      engine,
      `
    let first = true;
    const kept = [];
    exports.createGuest = (host, services) => ({
      onContextCreate: () => services.setLimits(${limits}),
      onRequestHeaders(id) {
        if (!first) return 0;
        first = false;
        ${code}
        return 0;
      },
      onRequestBody() { host.log(2, "body"); return 0; },
      onCutOff(id, stack) {
        host.log(4, "cut off " + id + " " + stack);
        host.sendLocalResponse(500, "cut_off", undefined, [], -1);
      },
    });`,
      "p.js",
    ),
  );
}

function request(host: ModuleHost, id: number): number {
  return host.exports["proxy_on_request_headers"]!(id, 0, REQUEST_END);
}

function answers(host: ModuleHost): unknown[] {
  return host.calls.filter(({ name }) => name === "proxy_send_local_response").map(({ args }) => args[0]);
}

describe("code that runs too long", () => {
  it.each([
    ["a loop", "for (;;);"],
    [
      "a loop that catches",
      "for (;;) try { for (;;); } catch { host.log(2, 'caught'); } finally { host.log(2, 'finally'); }",
    ],
    ["a regular expression", "/^(a+)+$/.test('a'.repeat(60) + 'b');"],
    ["a comparison in sort", "[3, 1, 2].sort(() => { for (;;); });"],
    ["a generator", "[...(function* () { for (;;) yield 1; })()];"],
    ["a getter", "const o = { get x() { for (;;); } }; o.x;"],
    ["a replacer of JSON.stringify", "JSON.stringify({ a: 1 }, () => { for (;;); });"],
    ["what makes a promise", "new Promise(() => { for (;;); });"],
    ["an async function", "(async () => { for (;;); })();"],
    ["a thenable", "Promise.resolve({ then() { for (;;); } });"],
    ["what is called at the end of a promise", "Promise.resolve().finally(() => { for (;;); });"],
    ["what asks for promises", "Promise.all({ [Symbol.iterator]() { for (;;); } });"],
  ])("is cut off: %s", async (_what, code) => {
    const host = await start(code);
    expect(request(host, 2)).toBe(STOP);
    expect(answers(host)).toEqual([500]);
    expect(host.log).toHaveLength(1);
    expect(host.log[0]).toMatch(/^cut off 2 InternalError: interrupted[^]*p\.js:\d+:\d+/);
    expect(request(host, 3)).toBe(0);
    expect(answers(host)).toEqual([500]);
  });

  it("is cut off in a promise job, in the name of the exchange that it said it runs for", async () => {
    const host = await start("Promise.resolve().then(() => { services.running(7); for (;;); });");
    request(host, 2);
    expect(host.log[0]).toContain("cut off 7 ");
    expect(request(host, 3)).toBe(0);
  });

  it("takes the jobs of its exchange with it, and leaves the others of the event their own time", async () => {
    const host = await start(
      `const later = (text) => Promise.resolve().then(() => host.log(2, text));
      Promise.resolve().then(() => { for (;;); });
      later("own");
      services.running(3);
      later("other");`,
    );
    request(host, 2);
    expect(host.log.map((line) => line.slice(0, 7))).toEqual(["cut off", "other"]);
  });

  it("ends once, wherever in a loop on jobs the clock is looked at", async () => {
    const host = await start(
      `const again = () => { Promise.resolve().then(again); };
      Promise.resolve().then(again);`,
    );
    host.clock = () => (time += 10_000_000n);
    let time = 0n;
    request(host, 2);
    expect(host.log).toHaveLength(1);
  });

  it("ends where the clock is looked at, and not while the engine takes note of rejected promises: it forgets none", async () => {
    const host = await startModule(
      await snapshotModule(
        engine,
        `
      let handled = 0;
      const handle = (round) => { Promise.reject(round).catch(() => {}); handled = round; };
      exports.createGuest = (host, services) => ({
        onContextCreate: () => services.setLimits(30, 16 << 20),
        onRequestHeaders(id) {
          // Each exchange moves the point at which that is.
          for (let i = 0; i < id; i++);
          for (let round = 1; ; round++) handle(round);
        },
        onUnhandled(round) {
          // Cut off between the two, one may be left.
          host.log(2, round <= handled ? "handled" : "left");
          return true;
        },
        onCutOff() { host.log(2, "cut off"); },
      });`,
      ),
    );
    let time = 0n;
    host.clock = () => (time += 10_000_000n);
    const ids = Array.from({ length: 40 }, (_, index) => index + 1);
    for (const id of ids) {
      request(host, id);
    }
    expect(host.log.filter((line) => line !== "left")).toEqual(ids.map(() => "cut off"));
  });

  it("is told from code that waited for the machine: it has done something", async () => {
    const host = await start("for (let i = 0; i < 5e4; i++); host.log(2, 'end');", "100, 16 << 20");
    let time = 0n;
    host.clock = () => (time += 10_000_000_000n);
    expect(request(host, 2)).toBe(0);
    expect(host.log).toEqual(["end"]);
  });

  it("is ended, and not what ran before it in the event, however coarse the clock is", async () => {
    const host = await start(
      `Promise.resolve().then(() => { for (let i = 0; i < 5e4; i++); host.log(2, "innocent"); });
      services.running(3);
      Promise.resolve().then(() => { for (;;); });`,
      "100, 16 << 20",
    );
    let time = 0n;
    host.clock = () => (time += 10_000_000_000n);
    request(host, 2);
    expect(host.log.map((line) => line.slice(0, 9))).toEqual(["innocent", "cut off 3"]);
  });

  it("is answered by the bridge where the guest cannot fail it", async () => {
    const host = await startModule(
      await snapshotModule(
        engine,
        `
      exports.createGuest = (host, services) => ({
        onContextCreate: () => services.setLimits(30, 16 << 20),
        onRequestHeaders() { for (;;); },
        onCutOff() { for (;;); },
      });`,
      ),
    );
    expect(request(host, 2)).toBe(STOP);
    expect(answers(host)).toEqual([500]);
  });

  it("is refused at the build", async () => {
    await expect(snapshotModule(engine, "for (;;);", "p.js")).rejects.toThrow(/interrupted[^]*p\.js:1/);
  });
});

describe("memory", () => {
  it.each([
    ["arrays", "for (;;) kept.push(new Array(1000).fill(1));"],
    ["strings", "for (;;) kept.push('x'.repeat(100_000) + kept.length);"],
    ["buffers", "for (;;) kept.push(new Uint8Array(1 << 20));"],
  ])("has a limit that code can run into and be served after: %s", async (_what, code) => {
    const host = await start(`try { ${code} } finally { kept.length = 0; }`, "60_000, 16 << 20");
    expect(request(host, 2)).toBe(STOP);
    expect(answers(host)).toEqual([500]);
    expect(host.log[0]).toMatch(/out of memory|Invalid|invalid/i);
    expect(host.memoryBytes).toBeLessThan(64 << 20);
    expect(request(host, 3)).toBe(0);
  });
});

describe("shapes that are kept for objects to come", () => {
  it("keep nothing alive that classes made in passing refer to", async () => {
    const host = await start(
      `for (let i = 0; i < 4000; i++) {
      const text = "x".repeat(16_384) + i;
      class Passing { constructor() { this.first = i; this.second = text; } read() { return text; } }
      if (new Passing().read() !== text) throw new Error("another text");
    }`,
      "60_000, 16 << 20",
    );
    expect(request(host, 2)).toBe(0);
    expect(host.log).toEqual([]);
  });

  it("do not mix up objects with the same properties in another order, of another kind, or taken away", async () => {
    const host = await start(
      `const seen = new Set();
    for (let i = 0; i < 300; i++) {
      const a = { x: i, y: 1 };
      const b = { y: 1, x: i };
      const c = Object.defineProperty({ x: i }, "y", { value: 1, enumerable: i % 2 === 0 });
      const d = { x: i, y: 1, z: 2 };
      delete d.y;
      d.y = 3;
      const e = {};
      for (let k = 0; k < 40; k++) e["k" + (k + i) % 60] = k;
      seen.add([Object.keys(a), Object.keys(b), Object.keys(c).length - i % 2 * -1, Object.keys(d), Object.keys(e).length, d.y].join());
    }
    host.log(2, [...seen].join(" "));`,
      "60_000, 16 << 20",
    );
    request(host, 2);
    expect(host.log).toEqual(["x,y,y,x,2,x,z,y,40,3"]);
  });
});

describe("a rejected promise", () => {
  it("that nobody handles is logged once", async () => {
    const host = await start("Promise.reject(new RangeError('nobody'));");
    request(host, 2);
    request(host, 3);
    expect(host.log).toHaveLength(1);
    expect(host.log[0]).toMatch(/^A promise was rejected and nobody handles it: RangeError: nobody/);
  });

  it("that is handled before the event is over is not", async () => {
    const host = await start(
      "const p = Promise.reject(new Error('x')); Promise.resolve().then(() => p.catch(() => 0));",
    );
    request(host, 2);
    expect(host.log).toEqual([]);
  });
});

describe("a finished module", () => {
  it("cannot compile text, for it has no compiler", async () => {
    const host = await start("try { new Function('return 1')(); } catch (error) { host.log(2, String(error)); }");
    request(host, 2);
    expect(host.log).toEqual(["TypeError: eval is not supported"]);
  });

  it("could not compile text while it was loaded either: what a package finds out there stays true", async () => {
    const host = await startModule(
      await snapshotModule(
        engine,
        `
      let canCompile = true;
      try { new Function(""); } catch { canCompile = false; }
      exports.createGuest = (host) => ({ onContextCreate: () => 0, onRequestHeaders() { host.log(2, String(canCompile)); return 0; } });`,
      ),
    );
    request(host, 2);
    expect(host.log).toEqual(["false"]);
  });

  it("exports no callback that its guest has no use for", async () => {
    const host = await start("");
    expect(host.exports).toHaveProperty("proxy_on_request_body");
    expect(host.exports).not.toHaveProperty("proxy_on_response_headers");
    expect(host.exports).not.toHaveProperty("proxy_on_queue_ready");
  });

  it("tells the guest nothing of an exchange that it did not keep", async () => {
    const host = await start("if (id === 2) services.keep(id);");
    for (const id of [2, 3]) {
      host.exports["proxy_on_context_create"]!(id, 1);
      request(host, id);
      host.exports["proxy_on_request_body"]!(id, 0, 1);
    }
    expect(host.log).toEqual(["body"]);
  });

  it("finds the contexts of many exchanges at once", async () => {
    const host = await start("");
    const ids = Array.from({ length: 1000 }, (_, index) => 2 + index * 64);
    for (const id of ids) {
      host.exports["proxy_on_context_create"]!(id, 1);
    }
    request(host, 2);
    for (const id of ids.filter((_, index) => index % 2 === 0)) {
      host.exports["proxy_on_done"]!(id);
    }
    for (const id of ids) {
      host.exports["proxy_on_request_body"]!(id, 0, 1);
    }
    // Of those that are gone nothing is known: the guest decides.
    expect(host.log).toHaveLength(500);
  });
});
