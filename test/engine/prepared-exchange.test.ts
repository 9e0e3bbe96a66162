/**
 * A module uses the objects of an exchange for one after the other where that cannot be noticed: whatever a policy does with them,
 * the next exchange finds nothing of it.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const file = fileURLToPath(new URL("./policies/keeper.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const CONTINUE = 0;
const STOP_ITERATION = 1;
const nothing = { kept: false, known: false, referred: false, marked: false, sealed: false, seenByOthers: 0 };

let wasm: Uint8Array;
beforeAll(async () => {
  ({ wasm } = await compilePolicy(file, { cacheDir }));
}, 300_000);

let host: ModuleHost;
let lastId: number;
/** The running exchange's. Those of another one are not to be had, as in Envoy. */
let headers: [name: string, value: string][];
beforeEach(async () => {
  host = await startModule(wasm);
  Object.defineProperty(host, "headers", { get: () => (effectiveContext() === lastId ? headers : []) });
  configure(1);
  lastId = 100;
});

function effectiveContext(): unknown {
  return host.calls.findLast(({ name }) => name === "proxy_set_effective_context")?.args[0] ?? lastId;
}

function configure(root: number): void {
  host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: `policy ${root}` } }));
  host.exports["proxy_on_vm_start"]!(root, 0);
  expect(host.exports["proxy_on_configure"]!(root, host.buffer.length)).toBe(1);
}

/** A whole exchange: the answer to its head, and what the host was asked for. */
function exchange(
  names: readonly string[] = [],
  { root = 1, endOfStream = true } = {},
): { status: number; calls: ModuleHost["calls"]; log: string[] } {
  const id = ++lastId;
  host.contexts = new Set([1, 2, 3, id]);
  headers = [[":method", "GET"], [":path", "/"], ...names.map((name) => [name, "1"] as [string, string])];
  host.calls.length = 0;
  host.log.length = 0;
  host.exports["proxy_on_context_create"]!(id, root);
  const status = host.exports["proxy_on_request_headers"]!(id, headers.length, Number(endOfStream));
  host.exports["proxy_on_done"]!(id);
  return { status, calls: [...host.calls], log: [...host.log] };
}

/** What an exchange finds of those before it. */
function look(root = 1): unknown {
  const { status, calls } = exchange(["x-look"], { root });
  expect(status).toBe(STOP_ITERATION);
  return JSON.parse(String(calls.find(({ name }) => name === "proxy_send_local_response")?.args[2]));
}

const answers = ({ calls }: { calls: ModuleHost["calls"] }) =>
  calls.filter(({ name }) => name === "proxy_send_local_response").map(({ args }) => args[0]);

describe("an exchange finds nothing of one before it", () => {
  it.each([
    ["that kept its request", "x-keep-request"],
    ["that kept its context", "x-keep-context"],
    ["that kept its head", "x-keep-head"],
    ["that kept its headers", "x-keep-headers"],
    ["that kept a function which uses them", "x-keep-closure"],
    ["that kept its logger", "x-keep-logger"],
    ["that kept its properties", "x-keep-properties"],
    ["that kept its signal", "x-keep-signal"],
    ["that read a header", "x-read"],
    ["that read a property", "x-property"],
    ["that gave them properties", "x-mark"],
    ["that gave them a method of its own", "x-shadow"],
    ["that wrote a field of the kit's", "x-overwrite"],
    ["that took away a field of the kit's", "x-unwire"],
    ["that made them inextensible", "x-seal"],
    ["that froze them", "x-freeze"],
    ["that changed the prototype of its request", "x-prototype"],
    ["that put them in a WeakSet", "x-know"],
    ["that refers to them weakly", "x-refer"],
    ["that uses them in a timer", "x-timer"],
    ["that uses them in a promise's reaction", "x-later"],
    ["that edited its headers", "x-edit"],
    ["that logged", "x-log"],
    ["that logged after its end", "x-late-log"],
    ["that was denied", "x-deny"],
    ["that was answered with a Response", "x-answer"],
    ["that threw", "x-throw"],
    ["that returned nothing", "x-nothing"],
  ])("%s", (_what, name) => {
    for (let time = 0; time < 3; time++) {
      expect(exchange().status).toBe(CONTINUE);
      exchange([name]);
      // A plain one in between: what the first of the two left could be in it, and be gone in the next.
      if (time > 0) {
        expect(exchange().status).toBe(CONTINUE);
      }
      expect(look()).toEqual(nothing);
    }
  });
});

it("a filter's edits reach the host, once", () => {
  exchange();
  const edited = exchange(["x-edit"]);
  expect(edited.status).toBe(CONTINUE);
  expect(edited.calls.map(({ name, args }) => [name, args[1]])).toContainEqual([
    "proxy_replace_header_map_value",
    "x-edited",
  ]);
  expect(exchange().calls).toEqual([]);
});

it("headers that a filter has read can be read when its exchange is over", () => {
  exchange(["x-read"]);
  expect(exchange(["x-read-later"]).log.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["read 1"]);
  expect(look()).toEqual(nothing);
});

it("exchanges are passed, denied, answered and failed in any order", () => {
  const seen = [
    "x-pass",
    "x-deny",
    "x-answer",
    "x-throw",
    "x-throw",
    "x-deny",
    "x-pass",
    "x-answer",
    "x-deny",
    "x-pass",
  ].map((name) => {
    const done = exchange([name], { endOfStream: name !== "x-pass" });
    return [name, done.status, answers(done)];
  });
  const each = {
    "x-pass": [CONTINUE, []],
    "x-deny": [STOP_ITERATION, [403]],
    "x-answer": [STOP_ITERATION, [200]],
    "x-throw": [STOP_ITERATION, [500]],
  } as const;
  expect(seen).toEqual(seen.map(([name]) => [name, ...each[name as keyof typeof each]]));
});

it("a request that is denied while its body is awaited goes no further", () => {
  exchange();
  const denied = exchange(["x-gather-and-deny"], { endOfStream: false });
  expect([denied.status, answers(denied)]).toEqual([STOP_ITERATION, [403]]);
  expect(look()).toEqual(nothing);
});

it("exchanges go on to be right where none of many could be used again", () => {
  for (let time = 0; time < 100; time++) {
    exchange(["x-keep-context"]);
  }
  expect(look()).toEqual(nothing);
  expect(answers(exchange(["x-deny"]))).toEqual([403]);
  expect(exchange().status).toBe(CONTINUE);
});

it("lines of the log are those of their own exchange and policy", () => {
  host.exports["proxy_on_context_create"]!(2, 0);
  configure(2);
  const policies = [1, 2, 1, 1, 2].map((root) => {
    exchange([], { root });
    return exchange(["x-log"], { root }).log.map((line) => (JSON.parse(line) as { policy: string }).policy);
  });
  expect(policies).toEqual([["policy 1"], ["policy 2"], ["policy 1"], ["policy 1"], ["policy 2"]]);
  expect(
    exchange(["x-late-log"], { root: 2 }).log.map((line) => (JSON.parse(line) as { policy: string }).policy),
  ).toEqual(["policy 2"]);
});

it("policies come and go, and each has exchanges of its own", () => {
  host.exports["proxy_on_context_create"]!(2, 0);
  configure(2);
  for (const root of [1, 2]) {
    exchange(["x-keep-request", "x-mark"], { root });
  }
  for (const root of [1, 2]) {
    expect(look(root)).toEqual(nothing);
  }
  host.exports["proxy_on_done"]!(1);
  expect(look(2)).toEqual(nothing);
  host.exports["proxy_on_context_create"]!(3, 0);
  configure(3);
  for (const root of [2, 3, 2]) {
    expect(answers(exchange(["x-deny"], { root }))).toEqual([403]);
  }
  expect(look(3)).toEqual(nothing);
});
