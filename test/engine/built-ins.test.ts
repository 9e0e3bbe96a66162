/** No built-in of the engine runs on when the time of its event is up: what one client sends must not stop a worker. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { buildEngine, type Engine } from "../../src/engine/build-engine.js";
import { snapshotModule } from "../../src/engine/snapshot.js";
import { startModule } from "../support/module-host.js";
import { bounded, type Hostile, hostile, linear } from "./built-ins-judged.js";

const MILLISECOND = 1_000_000n;
const LIMIT_MILLISECONDS = 100;
const STOP = 1;
const CONTINUE = 0;

const functionOf = ({ setup = "", run }: Hostile): string => {
  const statement = /^(?:for|while|const) ?/.test(run);
  return `[() => { ${setup} }, (x) => { ${statement ? run : `return ${run}`}; }]`;
};

/** Walks from what has a name to all that can be reached; each function is called by the shortest way to it. */
const walk = `
  const TypedArray = Object.getPrototypeOf(Uint8Array);
  const roots = {
    "Object.prototype": Object.prototype, "Function.prototype": Function.prototype, Array, TypedArray,
    ArrayIterator: [].values(), MapIterator: new Map().keys(), SetIterator: new Set().keys(), StringIterator: ""[Symbol.iterator](), RegExpStringIterator: "".matchAll(/a/g), Generator: (function* () {})(),
    AsyncGenerator: (async function* () {})(), AsyncFunction: async () => 0,
  };
  const seen = new Set([globalThis]);
  const queue = [...Object.entries(roots), ...Object.entries(Object.getOwnPropertyDescriptors(globalThis)).map(([n, p]) => [n, p.value])];
  const names = [];
  for (const [path, value] of queue) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
    seen.add(value);
    if (typeof value === "function") names.push(path);
    for (const key of Reflect.ownKeys(value)) {
      const next = path + (typeof key === "symbol" ? "[" + key.description + "]" : "." + key);
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if ("value" in property) queue.push([next, property.value]);
      else queue.push(["get " + next, property.get], ["set " + next, property.set]);
    }
    queue.push([path + ".__proto__", Object.getPrototypeOf(value)]);
  }
  host.log(2, names.join("\\n"));`;

let engine: Engine;
let wasm: Uint8Array;
beforeAll(async () => {
  engine = await buildEngine(fileURLToPath(new URL("../../.cache/", import.meta.url)));
  wasm = await snapshotModule(
    engine,
    `
    const cases = [${[...hostile, ...linear].map(functionOf).join(",\n")}];
    exports.createGuest = (host, services) => ({
      onContextCreate: () => services.setLimits(${LIMIT_MILLISECONDS}, 128 << 20),
      onRequestHeaders(id, index) {
        const [setup, run] = cases[index];
        const x = setup();
        host.log(2, "begin");
        host.log(2, "end " + run(x));
        return 0;
      },
      onCutOff(id, stack) { host.log(4, stack.slice(0, stack.indexOf("\\n"))); },
    });`,
    "p.js",
  );
}, 300_000);

/**
 * Runs a case by a clock that stands still until it begins, and then goes on each time that it is read: what is never asked whether
 * it may go on is never cut off.
 */
async function run(index: number, millisecondsPerPoll: bigint): Promise<{ log: string[]; answer: number }> {
  const host = await startModule(wasm);
  let time = MILLISECOND;
  host.clock = () => {
    if (host.log.length > 0) {
      time += millisecondsPerPoll * MILLISECOND;
    }
    return time;
  };
  const answer = host.exports["proxy_on_request_headers"]!(2, index, 1);
  // What a built-in makes may be megabytes.
  return { log: host.log.map((line) => line.slice(0, 200)), answer };
}

describe("a built-in that would run on is cut off while it runs", () => {
  it.each(hostile.map(({ name, run }, index) => [name, run, index] as const))("%s: %s", async (_name, _run, index) => {
    const { log, answer } = await run(index, 10n);
    expect(log).toEqual(["begin", "InternalError: interrupted"]);
    expect(answer).toBe(STOP);
  });
});

describe("a search through text that is alike everywhere takes a time in proportion to its length", () => {
  it.each(linear.map(({ name, run }, index) => [name, run, hostile.length + index] as const))(
    "%s: %s",
    async (_name, _run, index) => {
      const { log, answer } = await run(index, 1n);
      expect(log).toEqual(["begin", "end true"]);
      expect(answer).toBe(CONTINUE);
    },
  );
});

it("each function that code can reach is judged", async () => {
  const host = await startModule(
    await snapshotModule(
      engine,
      `exports.createGuest = (host) => ({ onContextCreate: () => 0, onRequestHeaders() { ${walk} return 0; } });`,
      "p.js",
    ),
  );
  host.clock = () => MILLISECOND;
  host.exports["proxy_on_request_headers"]!(2, 0, 1);
  const names = host.log.join("\n").split("\n");
  const tried = new Set([...hostile, ...linear].map(({ name }) => name));
  const reasons = Object.values(bounded);
  expect(names).toContain("WeakRef.prototype.deref");
  expect(names.filter((name) => !tried.has(name) && !reasons.some((pattern) => pattern.test(name)))).toEqual([]);
});
