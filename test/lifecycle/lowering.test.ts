import { compileFunction } from "node:vm";
import { describe, expect, it } from "vitest";
import { engines, inProcess, inProcessChain } from "../support/in-process.js";

/** What this prints natively is what it has to print in a policy. */
const programs: Record<string, string> = {
  "two functions called one after the other": `
    const f = async (name: string) => { log(name + 1); await null; log(name + 2); await null; log(name + 3); };
    const a = f("a"); log("between"); const b = f("b"); log("after"); await a; await b; log("end");`,
  "a function that awaits nothing": `
    const f = async () => { log("f"); return 1; }; const p = f(); log("called"); log(await p);`,
  "promises beside functions": `
    const f = async () => { log("f1"); await null; log("f2"); };
    Promise.resolve().then(() => log("job 1")).then(() => log("job 2")); const p = f(); await p; log("end");`,
  "Promise.all": `
    const f = async (n: number) => { for (let i = 0; i < n; i++) { log(n + ":" + i); await null; } return n; };
    log(JSON.stringify(await Promise.all([f(3), f(1), f(2)])));`,
  exceptions: `
    const f = async () => { log("f"); throw new Error("x"); };
    const p = f(); log("thrown"); try { await p; } catch (error: any) { log(error.message); } finally { log("finally"); }`,
  "exceptions in parameters": `
    const f = async ({ a }: any) => a; let p: any; try { p = f(undefined); log("called"); } catch { log("thrown at the call"); }
    try { await p; } catch (error: any) { log(error.constructor.name); }`,
  "async generators": `
    async function* g() { try { for (let i = 0; i < 3; i++) { log("yield " + i); yield i; await null; } } finally { log("cleanup"); } }
    for await (const i of g()) { log("got " + i); if (i === 1) break; } log("end");`,
  "deep recursion of awaits": `
    const f = async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await f(n - 1))); log(await f(50));`,
  thenables: `
    const t = { then(resolve: any) { log("then"); resolve(7); } }; const p = (async () => { log(await (t as any)); })(); log("called"); await p;`,
  "arguments and this": `
    const o = { n: 3, async f(..._rest: number[]) { await null; log([this.n, arguments.length, arguments[1]]); } }; await o.f(1, 2);`,
};

describe.each(engines)("async functions in a policy on the %s engine", (engine) => {
  it.each(Object.keys(programs))("do what native ones do, in the same order: %s", async (name) => {
    const program = programs[name] as string;
    const kit = await inProcess(
      `async onRequest() { const log = (value: unknown) => note(String(value)); const main = async () => { ${program} }; await main(); }`,
      { engine },
    );
    kit.get();
    await kit.settle();
    const expected: string[] = [];
    const plain = program
      .replaceAll(/: (any|number|string|unknown)(\[\])?(?=[,)} =;])/g, "")
      .replaceAll(/ as any/g, "")
      .replaceAll(": Promise<number>", "");
    const native = compileFunction(`return (async () => { ${plain} })();`, ["log"]) as (
      log: (value: unknown) => void,
    ) => Promise<void>;
    await native((value) => expected.push(String(value)));
    expect(kit.notes).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });

  it("called by a plain filter begin at the call, in order, each one", async () => {
    const kit = await inProcessChain(
      [
        {
          top: `const f = async (name: string) => { note(name + 1); await null; note(name + 2); };`,
          parts: `onRequest() { note("filter"); const a = f("a"); note("between"); const b = f("b"); note("after"); return Promise.all([a, b]).then(() => new Response(403)); }`,
        },
      ],
      engine,
    );
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes.slice(0, 5)).toEqual(["filter", "a1", "between", "b1", "after"]);
    expect(kit.notes.slice(5).toSorted()).toEqual(["a2", "b2"]);
    expect(exchange.client.status).toBe(403);
  });

  it("called by a plain filter that returns nothing do not hold the request", async () => {
    const kit = await inProcessChain(
      [
        {
          top: `const f = async () => { note(1); await null; note(2); };`,
          parts: `onRequest() { void f(); note("filter"); }`,
        },
      ],
      engine,
    );
    const exchange = kit.get();
    await exchange.settle();
    expect(kit.notes).toEqual([1, "filter", 2]);
    expect(exchange.forwarded).toBe(true);
  });

  it.each([
    ["a method", "", "async onRequest(request) { BODY }"],
    ["a property", "", "onRequest: async (request) => { BODY }"],
    ["a function elsewhere", "async function filter(request: any) { BODY }", "onRequest: filter"],
    [
      "a plain function that passes on",
      "async function filter(request: any) { BODY }",
      "onRequest(request) { return filter(request); }",
    ],
    ["a function made by another", "const make = () => async (request: any) => { BODY };", "onRequest: make()"],
    ["a method with a default parameter", "", "async onRequest(request, context: any = {}) { BODY }"],
  ])("may be filters as %s, and can be ended", async (_what, top, parts) => {
    const body =
      "const head = await request.intoHeadersState(); note(1); try { await head.intoBodyState(); note(2); } catch { note('catch'); } finally { note('finally'); } return new Response(403);";
    const kit = await inProcessChain([{ top: top.replace("BODY", body), parts: parts.replace("BODY", body) }], engine);
    const whole = kit.post();
    await whole.send("body", true);
    expect(whole.client.status).toBe(403);
    const gone = kit.post();
    await gone.vanish();
    expect(kit.notes).toEqual([1, 2, "finally", 1, "finally"]);
  });

  it("may await the kit's promises in any way", async () => {
    const kit = await inProcess(
      `
      async onRequest(request, { clock }) {
        const head = await request.intoHeadersState();
        const body = head.intoBodyState();
        const [state, slept] = await Promise.all([body, clock.sleep(10).then(() => "slept")]);
        note([state.text(), slept]);
        note(await Promise.race([clock.sleep(1000), Promise.resolve("first")]));
        note(await Promise.any([Promise.reject(new Error()), clock.sleep(5).then(() => "any")]));
        note((await body) === state);
        note(await body.finally(() => { note("finally"); }).then((s) => s.text()));
        note([body instanceof Promise, Object.prototype.toString.call(body)]);
      }`,
      { engine },
    );
    const exchange = kit.post();
    await exchange.send("body", true);
    await kit.advance(10);
    await kit.advance(5);
    expect(kit.notes).toEqual([
      ["body", "slept"],
      "first",
      "any",
      true,
      "finally",
      "body",
      [expect.any(Boolean), "[object Promise]"],
    ]);
    expect(exchange.upstream.body).toBe("body");
  });
});
