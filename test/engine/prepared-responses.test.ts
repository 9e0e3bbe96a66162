/**
 * A module uses the objects of an exchange for one after the other also where a response filter runs, between whose two events others
 * come: each filter has what is its own exchange's, and edits reach the host as they were made.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const file = fileURLToPath(new URL("./policies/both-keeper.ts", import.meta.url));
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
beforeEach(async () => {
  host = await startModule(wasm);
  host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { metrics: false, name: "keeper" } }));
  host.exports["proxy_on_vm_start"]!(1, 0);
  expect(host.exports["proxy_on_configure"]!(1, host.buffer.length)).toBe(1);
  lastId = 100;
});

type Headers = Readonly<Record<string, string>>;

function request(headers: Headers = {}): { id: number; status: number } {
  const id = ++lastId;
  host.headers = [[":method", "GET"], [":path", "/"], ...Object.entries(headers)];
  host.exports["proxy_on_context_create"]!(id, 1);
  return { id, status: host.exports["proxy_on_request_headers"]!(id, host.headers.length, 1) };
}

function response(id: number, headers: Headers = {}): number {
  host.headers = [[":status", "200"], ...Object.entries(headers)];
  return host.exports["proxy_on_response_headers"]!(id, host.headers.length, 0);
}

function end(id: number): void {
  host.headers = [];
  host.exports["proxy_on_done"]!(id);
}

/** A whole exchange; both filters see names of either. */
function exchange(...names: string[]): { statuses: number[]; calls: ModuleHost["calls"]; log: string[] } {
  host.calls.length = 0;
  host.log.length = 0;
  const headers = Object.fromEntries(names.map((name) => [name, "1"]));
  const { id, status } = request(headers);
  const statuses = [status, response(id, headers)];
  end(id);
  return { statuses, calls: [...host.calls], log: [...host.log] };
}

/** What the filters of an exchange find of those before it. An exchange that is answered leaves no objects to the next: so `first` is asked first. */
function looks(first: string): unknown[] {
  return [`${first}look`, "x-q-look", "x-r-look"].map((name) => {
    const { calls } = exchange(name);
    return JSON.parse(String(calls.find(({ name: call }) => call === "proxy_send_local_response")?.args[2])) as unknown;
  });
}

const edits = (calls: ModuleHost["calls"]) =>
  calls
    .filter(({ name }) => /^proxy_(?:replace|add|remove)_header/.test(name))
    .map(({ name, args }) => [name, ...args]);
const answers = (calls: ModuleHost["calls"]) =>
  calls.filter(({ name }) => name === "proxy_send_local_response").map(({ args }) => args[0]);
const messages = (log: readonly string[]) =>
  log.map((line) => JSON.parse(line) as { msg: string; request?: string }).map(({ msg, request: id }) => [msg, id]);

describe("an exchange finds nothing of one before it", () => {
  it.each([
    "edit",
    "read",
    "edit-and-read",
    "throw",
    "edit-and-throw",
    "loop",
    "illegal",
    "answer",
    "keep",
    ...["keep-0", "keep-1", "keep-2", "keep-3", "keep-4", "keep-5"],
    "keep-headers",
    "mark",
    "seal",
    "freeze",
    "know",
    "refer",
    "timer",
    "later",
    "shadow",
  ])("whose filters did what %j says", (what) => {
    for (const prefix of ["x-q-", "x-r-"]) {
      expect(exchange().statuses).toEqual([CONTINUE, CONTINUE]);
      exchange(`${prefix}${what}`);
      expect(looks(prefix)).toEqual([nothing, nothing, nothing]);
      exchange(`${prefix}${what}`);
      expect(exchange()).toEqual({ statuses: [CONTINUE, CONTINUE], calls: [], log: [] });
      expect(looks(prefix)).toEqual([nothing, nothing, nothing]);
    }
  });
});

it("a response filter is told what its own request filter has handed on, however exchanges cross", () => {
  const texts = ["one", "two", "three"].map((text) => request({ "x-q-text": text }));
  const record = request({ "x-q-record": "r" });
  const plain = request();
  host.log.length = 0;
  for (const { id, status } of [texts[2]!, record, texts[0]!, plain, texts[1]!]) {
    expect(status).toBe(CONTINUE);
    expect(response(id, { "x-r-tell": "1" })).toBe(CONTINUE);
    end(id);
  }
  expect(messages(host.log).map(([message]) => message)).toEqual([
    'continue "three"',
    'continue {"text":"r","count":0}',
    'continue "one"',
    "continue undefined",
    'continue "two"',
  ]);
});

it("what a response filter writes into its data is not another exchange's", () => {
  for (let time = 0; time < 3; time++) {
    exchange("x-q-record", "x-r-count");
  }
  expect(messages(exchange("x-q-record", "x-r-tell").log)).toEqual([['continue {"text":"1","count":0}', undefined]]);
});

it("a request that is handed on can be read when its response has come", () => {
  exchange();
  expect(messages(exchange("x-q-head", "x-r-tell").log)).toEqual([["continue GET of a request", undefined]]);
});

it("log lines of a response filter name the request, whose head the host has no more", () => {
  const first = request({ "x-request-id": "first" });
  const second = request({ "x-request-id": "second" });
  const third = request();
  host.log.length = 0;
  for (const { id } of [second, third, first]) {
    response(id, { "x-r-tell": "1" });
    end(id);
  }
  expect(messages(host.log).map(([, id]) => id)).toEqual(["second", undefined, "first"]);
});

it.each([
  ["x-q-edit", 0, "x-q-"],
  ["x-r-edit", 2, "x-r-"],
])("edits of %s reach the host in the order in which they were made, once", (name, map, value) => {
  for (let time = 0; time < 3; time++) {
    expect(edits(exchange(name).calls)).toEqual([
      ["proxy_replace_header_map_value", map, "x-set", value],
      ["proxy_add_header_map_value", map, "x-added", "1"],
      ["proxy_add_header_map_value", map, "x-added", "2"],
      ["proxy_remove_header_map_value", map, "x-gone"],
    ]);
  }
});

it.each(["x-q-edit-and-read", "x-r-edit-and-read"])("%s sees its own edits", (name) => {
  expect(edits(exchange(name).calls).at(-1)).toEqual([
    "proxy_replace_header_map_value",
    name.startsWith("x-q") ? 0 : 2,
    "x-found",
    "1, 2",
  ]);
});

it.each(["x-q-", "x-r-"])("edits of a filter by %s that has logged for another exchange are its own's", (prefix) => {
  exchange(`${prefix}keep-3`);
  const { calls } = exchange(`${prefix}log-of-others-and-edit`);
  const edit = calls.findIndex(({ args }) => args[1] === "x-own");
  const chosen = calls.slice(0, edit).findLast(({ name }) => name === "proxy_set_effective_context");
  expect([edit >= 0, chosen?.args[0]]).toEqual([true, lastId]);
});

it("a path that was changed is read as changed", () => {
  expect(edits(exchange("x-q-path").calls)).toEqual([
    ["proxy_replace_header_map_value", 0, ":path", "/other"],
    ["proxy_replace_header_map_value", 0, "x-was", "/other"],
  ]);
});

it("edits of a filter that throws reach nobody", () => {
  for (const name of ["x-q-edit-and-throw", "x-r-edit-and-throw"]) {
    const { calls } = exchange(name);
    expect([edits(calls), answers(calls)]).toEqual([[], [500]]);
  }
});

it("exchanges are passed, answered and failed in any order", () => {
  const expected = new Map([
    ["x-pass", [[CONTINUE, CONTINUE], []]],
    ["x-q-answer", [[STOP_ITERATION, CONTINUE], [403]]],
    ["x-q-throw", [[STOP_ITERATION, CONTINUE], [500]]],
    ["x-r-answer", [[CONTINUE, STOP_ITERATION], [502]]],
    ["x-r-throw", [[CONTINUE, STOP_ITERATION], [500]]],
    ["x-r-status", [[CONTINUE, CONTINUE], []]],
  ]);
  const names = [...expected.keys()];
  const order = [...names, ...names.toReversed(), ...names.flatMap((name) => [name, "x-pass"])];
  expect(
    order.map((name) => {
      const { statuses, calls } = exchange(name);
      return [name, statuses, answers(calls)];
    }),
  ).toEqual(order.map((name) => [name, ...expected.get(name)!]));
});

it("what follows of a response whose filter was cut off does not go on", () => {
  exchange();
  const { id } = request();
  expect(response(id, { "x-r-loop": "1" })).toBe(STOP_ITERATION);
  expect(host.exports["proxy_on_response_body"]!(id, 3, 0)).not.toBe(CONTINUE);
  end(id);
  expect(exchange().statuses).toEqual([CONTINUE, CONTINUE]);
});

it.each(["x-q-loop-in-result", "x-r-loop-in-result"])("%s fails where its result is looked at", (name) => {
  exchange();
  expect(answers(exchange(name).calls)).toEqual([500]);
  expect(exchange().statuses).toEqual([CONTINUE, CONTINUE]);
});

it("an exchange that ends before its response has come leaves nothing", () => {
  const { id } = request({ "x-q-text": "gone", "x-request-id": "gone" });
  end(id);
  expect(messages(exchange("x-r-tell").log)).toEqual([["continue undefined", undefined]]);
});
