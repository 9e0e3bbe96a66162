/**
 * A module runs the policies of a list without its guest as long as each of them lets the message go. Whatever one of them does, the host
 * sees what it sees where the guest runs them all.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { compileModule } from "../../src/compiler/build-module.js";
import { startModule } from "../support/module-host.js";
import { RunningPolicies, type Seen, type Use } from "../support/running-policies.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const names = ["trail", "gate", "both-keeper", "waiter", "hoards"];
const CONTINUE = 0;
const STOP_ITERATION = 1;
const nothing = { kept: false, known: false, referred: false, marked: false, sealed: false, seenByOthers: 0 };

let wasm: Uint8Array;
beforeAll(async () => {
  const policies = names.map((name) => ({
    name,
    file: fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url)),
  }));
  ({ wasm } = await compileModule(policies, { cacheDir }));
}, 300_000);

const trail: Use = { policy: "trail" };
const gate: Use = { policy: "gate" };
const keeper: Use = { policy: "both-keeper" };
const opened: Use = { policy: "both-keeper", onError: "allow" };

const edits = (seen: Seen): unknown[] =>
  seen.calls.filter((call) => /^proxy_(?:replace|add|remove)_header/.test(String((call as unknown[])[0])));
const listOf = (...uses: Use[]): Promise<RunningPolicies> => RunningPolicies.start(wasm, uses);
const answers = (seen: Seen): unknown[] =>
  (seen.calls as unknown[][]).filter(([name]) => name === "proxy_send_local_response").map(([, status]) => status);

const deeds = [
  ...["edit", "read", "edit-and-read", "throw", "edit-and-throw", "loop", "illegal", "answer", "loop-in-result"],
  ...[
    "keep",
    "keep-headers",
    "keep-3",
    "log-of-others-and-edit",
    "mark",
    "seal",
    "freeze",
    "know",
    "refer",
    "timer",
    "later",
    "shadow",
  ],
];
const lists: [what: string, uses: Use[]][] = [
  ["first", [keeper, trail, gate, trail]],
  ["in the middle", [trail, gate, keeper, trail]],
  ["last", [gate, trail, trail, keeper]],
  ["twice", [trail, keeper, gate, keeper]],
  ["behind one that sees requests only", [gate, keeper]],
  ["in the middle, and its errors are allowed", [trail, opened, trail]],
];

describe.each(lists)("a policy that is %s of a list", (_what, uses) => {
  it.each(["x-q-", "x-r-"])(
    "is seen by the host as where the guest runs all, whatever it does by %s",
    async (prefix) => {
      const [list, guests] = [await listOf(...uses), await listOf(...uses, { policy: "waiter" })];
      for (const headers of [
        {},
        ...deeds.map((deed) => ({ [`${prefix}${deed}`]: "1" })),
        ...["text", "record", "head", "path", "tell", "count", "status"].map((what) => ({
          "x-q-text": "t",
          [`x-q-${what}`]: "1",
          [`x-r-${what}`]: "1",
        })),
        { "x-refuse": "1" },
      ]) {
        for (const now of [headers, {}, headers, headers, {}]) {
          expect(list.exchange(now), JSON.stringify(headers)).toEqual(guests.exchange(now));
        }
      }
    },
    60_000,
  );

  it.each(deeds)("leaves nothing to the next exchange when it does %j", async (deed) => {
    const list = await listOf(...uses);
    const looks = (first: string): unknown[] =>
      [`${first}look`, "x-q-look", "x-r-look"].map((name) => {
        const { calls } = list.exchange({ [name]: "1" });
        const answer = (calls as unknown[][]).find(([call]) => call === "proxy_send_local_response");
        return JSON.parse(String(answer?.[3])) as unknown;
      });
    for (const prefix of ["x-q-", "x-r-"]) {
      list.exchange({});
      for (let time = 0; time < 2; time++) {
        list.exchange({ [`${prefix}${deed}`]: "1" });
        expect(looks(prefix)).toEqual([nothing, nothing, nothing]);
      }
    }
  });
});

it("each policy of a list is told what it has handed on itself, however exchanges cross", async () => {
  const list = await listOf(trail, gate, trail);
  const ids = ["one", "two", "three"].map((text) => list.request({ "x-text": text }).id);
  list.seen([]);
  for (const index of [2, 0, 1]) {
    list.response(ids[index]!);
    list.end(ids[index]!);
  }
  expect(list.seen([]).log).toEqual([
    ["p2", "p2 three", "r103"],
    ["p0", "p0 three", "r103"],
    ["p2", "p2 one", "r101"],
    ["p0", "p0 one", "r101"],
    ["p2", "p2 two", "r102"],
    ["p0", "p0 two", "r102"],
  ]);
});

it("edits of each policy reach the host before the next one runs, those of responses last to first", async () => {
  const list = await listOf(trail, gate, trail);
  for (let time = 0; time < 3; time++) {
    expect(edits(list.exchange({}))).toEqual([
      ["proxy_add_header_map_value", 0, "x-trail", "p0"],
      ["proxy_replace_header_map_value", 0, "x-gate", "open"],
      ["proxy_add_header_map_value", 0, "x-trail", "p2"],
      ["proxy_add_header_map_value", 2, "x-trail", "p2"],
      ["proxy_add_header_map_value", 2, "x-trail", "p0"],
    ]);
  }
});

it("an answer in the middle passes the response filters of those before it only", async () => {
  const list = await listOf(trail, gate, trail);
  for (let time = 0; time < 3; time++) {
    list.exchange({});
    const seen = list.exchange({ "x-refuse": "1" });
    expect([seen.statuses[0], answers(seen), edits(seen)]).toEqual([
      STOP_ITERATION,
      [403],
      [
        ["proxy_add_header_map_value", 0, "x-trail", "p0"],
        ["proxy_add_header_map_value", 2, "x-trail", "p0"],
      ],
    ]);
  }
});

it("an answer that never changes is sent by each policy that has such, and by no other", async () => {
  const list = await listOf(gate, gate, keeper);
  for (const headers of [{ "x-refuse": "1" }, {}, { "x-refuse": "1" }, { "x-q-answer": "1" }, { "x-refuse": "1" }]) {
    const seen = list.exchange(headers);
    expect(answers(seen)).toEqual("x-refuse" in headers || "x-q-answer" in headers ? [403] : []);
    expect(seen.statuses[0]).toBe(answers(seen).length > 0 ? STOP_ITERATION : CONTINUE);
  }
});

it("a response that comes when memory is short passes the policies that have let the request go", async () => {
  const uses = ["trail", "hoards"].map((policy) => ({
    policy,
    config: policy === "trail" ? { name: "p0" } : {},
    sluice: { name: policy, limits: { memoryBytes: 4_000_000 } },
  }));
  const host = await startModule(wasm);
  // No time passes, however long it takes.
  host.clock = () => 1_000_000n;
  const list = RunningPolicies.configured(host, { sluice: { uses, metrics: false } });
  const first = list.request();
  const short = list.request({ "x-hoard": "1" });
  list.seen([]);
  expect(list.request().status).toBe(STOP_ITERATION);
  expect(answers(list.seen([]))).toEqual([503]);
  expect(list.response(first.id)).toBe(CONTINUE);
  expect([first.status, short.status]).toEqual([CONTINUE, STOP_ITERATION]);
  const seen = list.seen([]);
  expect(edits(seen).map((call) => (call as unknown[])[2])).toContain("x-marked");
  expect(answers(seen)).toEqual([]);
});

it("an exchange that ends before its response has come leaves nothing", async () => {
  const list = await listOf(trail, trail);
  const { id } = list.request({ "x-text": "gone" });
  list.end(id);
  list.seen([]);
  expect(list.exchange({}).log).toEqual([
    ["p1", "p1 ", "r102"],
    ["p0", "p0 ", "r102"],
  ]);
});
