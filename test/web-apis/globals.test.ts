/** Which globals a policy finds: the same ones as plain JavaScript and in a module. */
import { beforeAll, describe, expect, it } from "vitest";
import { languageGlobals, webApiGlobals } from "../../src/abi/globals.js";
import { bothWorlds, type World } from "./worlds.js";

/** Each is asked in a filter. Mentioning all web APIs puts all of them into the module. */
const questions = {
  own: "Object.getOwnPropertyNames(globalThis).filter((name) => !/^__/.test(name)).sort()",
  mentioned: `[${webApiGlobals.filter((name) => name !== "Response").join(", ")}].map((value) => typeof value)`,
  bare: `[${webApiGlobals.map((name) => `${name} === (globalThis as any).${name}`).join(", ")}]`,
  missing:
    "typeof process + typeof Buffer + typeof fetch + typeof require + typeof setInterval + typeof setImmediate + typeof window + typeof Intl + typeof WebAssembly + typeof Atomics + typeof navigator",
  properties:
    '["process", "Buffer", "fetch", "require", "setInterval", "setImmediate", "global", "self", "window", "EventTarget", "Event", "WebSocket"].filter((name) => name in globalThis)',
  itself: "[globalThis === (globalThis as any).globalThis, Object.getPrototypeOf(globalThis) === Object.prototype]",
  aliases: "[self === globalThis, global === globalThis, typeof self, typeof global]",
  added:
    "[(globalThis as any).added = 1, (globalThis as any).added, delete (globalThis as any).added, (globalThis as any).added, typeof (globalThis as any).added]",
  replaced:
    'typeof process === "undefined" ? [((globalThis as any).process = { pid: 7 }), process.pid, delete (globalThis as any).process, typeof process] : "there"',
  evaluated: 'typeof eval === "function" && outcomeOf(() => (0, eval)("1 + 1"))',
  evaluatedByProperty: 'outcomeOf(() => (globalThis as any).eval("1 + 1"))',
  compiled: 'outcomeOf(() => new Function("a", "return a")())',
  called: 'outcomeOf(() => Function("return 1")())',
  asked: '[Function("return this")() === globalThis, new Function("return this;")() === globalThis]',
  notText: "eval(1 as any)",
  isFunction: "[(() => 1) instanceof Function, Function.prototype === Object.getPrototypeOf(() => 1), typeof Function]",
  self: "(function (this: any) { return this === undefined || this === globalThis; })()",
  performance: 'Object.keys(performance).includes("mark") || "mark" in performance',
  imported: 'import("node:" + "process").then(() => "imported", (error) => error.name)',
} as const;

const policy = `import { definePolicy, Response } from "sluice";
const outcomeOf = (call: () => unknown) => { try { return call(); } catch (error: any) { return error.code ?? error.name; } };
const questions: Record<string, () => unknown> = {
${Object.entries(questions)
  .map(([name, code]) => `  ${name}: () => (${code}),`)
  .join("\n")}
};
export default definePolicy({
  async onRequest(request) {
    const { path } = await request.intoHeadersState();
    return new Response(200).withBody(JSON.stringify(await questions[path.slice(1)]!()));
  },
});`;

let worlds: Record<World["name"], World>;
beforeAll(async () => {
  worlds = Object.fromEntries((await bothWorlds(policy)).map((world) => [world.name, world])) as typeof worlds;
}, 300_000);

const ask = async (world: World["name"], name: keyof typeof questions): Promise<unknown> =>
  JSON.parse(await worlds[world].ask(`/${name}`));

it.each(Object.keys(questions) as (keyof typeof questions)[])(
  "as plain JavaScript a policy finds what it finds in a module: %s",
  async (name) => {
    expect(await ask("node", name)).toEqual(await ask("module", name));
  },
);

describe.each(["node", "module"] as const)("in the world %s", (world) => {
  it("there are the globals of the language and of docs/web-apis.md, and no others", async () => {
    expect(await ask(world, "own")).toEqual([...languageGlobals, ...webApiGlobals, "eval"].sort());
  });

  it.each([
    ["missing", "undefined".repeat(11)],
    ["properties", []],
    ["aliases", [true, true, "object", "object"]],
    ["bare", webApiGlobals.map(() => true)],
    ["replaced", [{ pid: 7 }, 7, true, "undefined"]],
    ["evaluated", "NO_COMPILER"],
    ["evaluatedByProperty", "NO_COMPILER"],
    ["compiled", "NO_COMPILER"],
    ["called", "NO_COMPILER"],
    ["asked", [true, true]],
    ["notText", 1],
    ["isFunction", [true, true, "function"]],
    ["self", true],
    ["performance", false],
    ["imported", "TypeError"],
  ] as const)("%s is %j", async (name, answer) => {
    expect(await ask(world, name)).toEqual(answer);
  });
});
