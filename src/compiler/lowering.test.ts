import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { type TransformOptions, transform } from "esbuild";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundlePolicy } from "./bundle.js";
import { applyEdits } from "./edits.js";
import { asyncHelperEdits } from "./lowering.js";

type Log = (effect: string) => void;
type Run = (log: Log) => Promise<unknown>;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-lowering-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The source as Node runs it. */
async function native(source: string): Promise<Run> {
  return evaluate((await transform(source, { loader: "ts", target: "es2022", format: "cjs" })).code);
}

/** The source as a policy's bundle runs it. */
async function lowered(source: string): Promise<Run> {
  const file = join(folder, "policy.ts");
  await writeFile(file, `import { definePolicy } from "sluice";\n${source}\nexport default definePolicy({});\n`);
  const { code } = await bundlePolicy(file);
  expect(code).toMatch(/= __async|__async(Generator)?\(/);
  return evaluate(code);
}

function evaluate(code: string): Run {
  const module = { exports: {} };
  (compileFunction(code, ["module", "exports"]) as (...values: unknown[]) => void)(module, module.exports);
  return (globalThis as unknown as { sluiceTestRun: Run }).sluiceTestRun;
}

async function effects(run: Run): Promise<string> {
  const log: string[] = [];
  log.push(`=${String(await run((effect) => log.push(effect)))}`);
  return log.join(" ");
}

/** Each case is the body of `async function run(log)`, and the effects it must have. */
const cases: Record<string, [body: string, expected: string]> = {
  "nested helpers that need not wait": [
    'const helper = async () => { log("b"); }; const outer = async () => { await helper(); log("d"); };' +
      'log("a"); const running = outer(); log("c"); await running;',
    "a b c d =undefined",
  ],
  "two tasks that take turns": [
    "const task = async (name) => { for (let i = 0; i < 3; i++) { log(name + i); await null; } };" +
      'await Promise.all([task("x"), task("y")]);',
    "x0 y0 x1 y1 x2 y2 =undefined",
  ],
  "a returned promise": [
    'const one = async () => { return Promise.resolve("r"); };' +
      "const count = (async () => { for (let i = 0; i < 5; i++) { await null; log(String(i)); } })();" +
      "log(await one()); await count;",
    "0 1 2 r 3 4 =undefined",
  ],
  "a rejection that is caught, with finally": [
    'try { try { log("a"); await Promise.reject(new Error("e")); } finally { log("f"); await null; log("g"); } }' +
      'catch (error) { log(error.message); } return "end";',
    "a f g e =end",
  ],
  "a return through finally": [
    'const inner = async () => { try { return "r"; } finally { await null; log("f"); } }; log(await inner());',
    "f r =undefined",
  ],
  "arrow functions with this and arguments": [
    "class Counter { base = 40; add = async (n) => { await null; return this.base + n; };" +
      "async sum() { const add = async () => this.base + arguments.length; return add(); }" +
      "static async of(n) { await null; return new this().add(n); } }" +
      "log(String(await Counter.of(2))); log(String(await new Counter().sum(1, 2, 3)));",
    "42 43 =undefined",
  ],
  "class methods, super and private members": [
    'class A { async name() { await null; return "A"; } }' +
      'class B extends A { #own = "b"; async name() { return (await super.name()) + this.#own + (await this.#secret()); }' +
      'async #secret() { await null; return "!"; } } log(await new B().name());',
    "Ab! =undefined",
  ],
  "default parameters that throw become rejections": [
    'const f = async (a = (() => { throw new Error("d"); })()) => a; await f().catch((error) => log(error.message));',
    "d =undefined",
  ],
  "for await over promises": [
    'for await (const value of [Promise.resolve("a"), "b"]) { log(value); }',
    "a b =undefined",
  ],
  "for await over an iterator, left by break": [
    "const source = { [Symbol.asyncIterator]: () => ({ i: 0," +
      'async next() { log("n" + this.i); return { value: this.i++, done: false }; },' +
      'async return() { log("r"); await null; log("s"); return {}; } }) };' +
      'for await (const value of source) { log("v" + value); if (value === 1) break; } log("after");',
    "n0 v0 n1 v1 r s after =undefined",
  ],
  "for await left by throw": [
    'const source = async function* () { try { yield 1; } finally { log("f"); await null; log("g"); } };' +
      'try { for await (const value of source()) { throw new Error("t" + value); } } catch (error) { log(error.message); }',
    "f g t1 =undefined",
  ],
  "an async generator and its consumer": [
    'async function* source() { log("a"); yield 1; log("b"); await null; log("c"); yield 2; log("d"); }' +
      'for await (const value of source()) { log("v" + value); }',
    "a v1 b c v2 d =undefined",
  ],
  "an async generator that is left early runs its whole finally": [
    'async function* source() { try { yield 1; yield 2; } finally { log("f0"); await null; log("f1"); await null; log("f2"); } }' +
      'for await (const value of source()) { log("v" + value); break; } log("after");' +
      "const it = source(); await it.next(); log(JSON.stringify(await it.return(9)));",
    'v1 f0 f1 f2 after f0 f1 f2 {"value":9,"done":true} =undefined',
  ],
  "an async generator that delegates and is left early": [
    'async function* inner() { try { yield 1; yield 2; } finally { log("i0"); await null; log("i1"); } }' +
      'async function* outer() { try { log(String(yield* inner())); } finally { log("o0"); await null; log("o1"); } }' +
      'for await (const value of outer()) { log("v" + value); break; } log("after");',
    "v1 i0 i1 o0 o1 after =undefined",
  ],
  "an async generator that delegates to the end": [
    'async function* inner() { yield 1; return "r"; } async function* outer() { yield 0; log(yield* inner()); yield* [2, 3]; }' +
      'for await (const value of outer()) { log("v" + value); }',
    "v0 v1 r v2 v3 =undefined",
  ],
};

describe("lowered async has the effects of native async, in the same order", () => {
  it.each(Object.entries(cases))("%s", async (_name, [body, expected]) => {
    const source = `async function run(log) { ${body} }\nglobalThis.sluiceTestRun = run;`;
    expect(await effects(await native(source))).toBe(expected);
    expect(await effects(await lowered(source))).toBe(expected);
  });
});

describe("esbuild's helpers", () => {
  const names = {
    definePolicy: "definePolicy",
    Flow: "Flow",
    Response: "Response",
    KeptAnswer: "KeptAnswer",
    sluiceAsync: "drive",
  };
  const bundle = (helpers: string, modules: string): string =>
    `${helpers}\n// sluice-entry:/policy.ts\nfunction drive() {\n}\n${modules}`;
  const asyncHelper = "var __async = (__this, __arguments, generator) => {\n  return 1;\n};\n";

  it("are never left as they are when esbuild's text changes", () => {
    expect(() => asyncHelperEdits(bundle("", `${asyncHelper}__async(this, null, f);`), names)).toThrow("async helper");
    const generator = "var __asyncGenerator = () => {\n  other;\n};\n";
    expect(() => asyncHelperEdits(bundle(asyncHelper + generator, ""), names)).toThrow("async generator helper");
  });

  it("are told from those of packages, which stay", () => {
    const package_ = `${asyncHelper}var __asyncGenerator = () => { x = k === "return" ? k : "next"; };\n`;
    const code = bundle(asyncHelper.replace("__async", "__async2"), package_);
    const { edits, asyncHelper: name } = asyncHelperEdits(code, names);
    expect(name).toBe("__async2");
    expect(applyEdits(code, edits)).toBe(bundle("var __async2 = drive;\n\n\n", package_));
  });
});

/** What compilers put into packages that they make for engines without async functions. */
const precompiled: Record<string, { module: string; options: TransformOptions }> = {
  "esbuild's, as an ECMAScript module": { module: "index.mjs", options: { format: "esm" } },
  "esbuild's, as CommonJS": { module: "index.js", options: { format: "cjs" } },
};

describe("packages with helpers of the same names", () => {
  const effectsOf = [
    "export async function run() {",
    "  const log = [];",
    "  async function* numbers() { try { yield 1; yield await Promise.resolve(2); yield 3; } finally { log.push('f'); } }",
    "  for await (const number of numbers()) { log.push(number); if (number === 2) break; }",
    "  const inner = async () => { await null; return 'r'; };",
    "  log.push(await inner());",
    "  return log.join();",
    "}",
    "export function definePolicy(parts) { return parts; }",
    "export class Response { constructor(value) { this.value = value; } }",
    "export const own = definePolicy({ async onRequest(value) { await null; return new Response(value); } });",
  ].join("\n");

  const written = async (name: string, module: string, code: string): Promise<string> => {
    const packageFolder = join(folder, "node_modules", name);
    await mkdir(packageFolder, { recursive: true });
    await writeFile(join(packageFolder, "package.json"), JSON.stringify({ name, main: module }));
    await writeFile(join(packageFolder, module), code);
    return `import * as pkg from ${JSON.stringify(name)};
async function* own() { yield 1; yield 2; }
(globalThis as any).sluiceTestRun = async () => {
  let sum = 0;
  for await (const each of own()) sum += each;
  const promise = pkg.own.onRequest("v");
  return [await pkg.run(), sum, promise instanceof Promise, (await promise).value].join(" ");
};`;
  };

  it.each(Object.entries(precompiled))("%s", async (_what, { module, options }) => {
    const { code } = await transform(effectsOf, { target: "es2015", supported: { "for-await": false }, ...options });
    expect(code).toContain("var __asyncGenerator = ");
    const run = await lowered(await written("by-esbuild", module, code));
    expect(await effects(run)).toBe("=1,2,f,r 3 true v");
  });

  it.each([
    ["in the module", { module: ModuleKind.ES2020 }],
    ["in CommonJS", { module: ModuleKind.CommonJS }],
  ])("TypeScript's, %s", async (_what, { module }) => {
    const { outputText } = transpileModule(effectsOf, {
      compilerOptions: { target: ScriptTarget.ES2015, module },
    });
    expect(outputText).toContain("var __asyncGenerator = ");
    const file = module === ModuleKind.CommonJS ? "index.js" : "index.mjs";
    const run = await lowered(await written(`by-typescript-${String(module)}`, file, outputText));
    expect(await effects(run)).toBe("=1,2,f,r 3 true v");
  });

  it("TypeScript's, from tslib by name", async () => {
    const tslib = [
      "export function __await(v) { return this instanceof __await ? (this.v = v, this) : new __await(v); }",
      "export function __asyncGenerator(thisArg, args, generator) { return generator.apply(thisArg, args); }",
      "export function __asyncValues(o) { return o; }",
      "export function __async(value) { return value; }",
    ].join("\n");
    await written("like-tslib", "index.mjs", tslib);
    const run = await lowered(
      'import * as helpers from "like-tslib";\n' +
        "(globalThis as any).sluiceTestRun = async () => [...helpers.__asyncGenerator(null, [7], function* (n: number) { yield n; }), helpers.__async(8)].join();",
    );
    expect(await effects(run)).toBe("=7,8");
  });
});

it("async code at a policy's top level runs as everywhere else", async () => {
  const run = await lowered(
    "const ready = (async () => { let sum = 0; for (const part of [1, Promise.resolve(2)]) sum += await part; return sum; })();\n" +
      "(globalThis as any).sluiceTestRun = async () => ready;",
  );
  expect(await effects(run)).toBe("=3");
});
