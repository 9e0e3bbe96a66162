/** What a limiter gives does not tell whether the engine made it, as it does for usual keys and amounts. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { ModuleHost } from "../../bench/envoy/support/module-host.mjs";
import { compilePolicy } from "../../src/compiler/build-module.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const file = fileURLToPath(new URL("./policies/limits-keys.ts", import.meta.url));
const fields = "limiter,key,amount,decision,allowed";
const refused = "RATE_LIMIT_OPTIONS";
let wasm: Uint8Array;

beforeAll(async () => {
  ({ wasm } = await compilePolicy(file, { cacheDir }));
}, 300_000);

function answerTo(calls: readonly unknown[], headers: readonly [string, string][] = []): unknown[] {
  const host = ModuleHost.run(wasm, file);
  const text = JSON.stringify(calls).replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  host.headers = [[":method", "GET"], [":path", "/"], ["x-calls", text], ...headers];
  host.callback("proxy_on_context_create")!(2, 1);
  host.callback("proxy_on_request_headers")!(2, 3, 1);
  const lines = host.log
    .map((line) => (JSON.parse(line) as { msg: string }).msg)
    .filter((line) => line.startsWith("["));
  return JSON.parse(lines.at(-1)!) as unknown[];
}

const left = (remaining: number): unknown[] => [true, remaining, fields];
const over: unknown[] = [false, 0, fields];

it("a key may have the limit, and no more", () => {
  expect(answerTo([["a"], ["a"], ["a"], ["a"], ["b"]])).toEqual([left(2), left(1), left(0), over, left(2)]);
});

it.each([
  ["the empty one", "", ""],
  ["a list of one text", ["a"], "a"],
  ["one that begins as lists do", "\u0000a", "\u0000a"],
  ["one beyond bytes", "€", "€"],
  ["one of bytes beyond ASCII", "é", "é"],
  ["a long one in pieces", "p".repeat(20_000), "p".repeat(20_000)],
])("%s is counted with the same key", (_what, first, second) => {
  expect(answerTo([[first, 1], [second]])).toEqual([left(2), left(1)]);
});

it("keys that are not the same are not counted together", () => {
  const keys = ["", "a", "\u0000a", "\u0000", ["a", "b"], "ab", ["ab", ""], ["", "ab"], [null], "é", "\u00c3\u00a9"];
  expect(answerTo(keys.map((key) => [key]))).toEqual(keys.map(() => left(2)));
});

it("an amount counts as what it is, or is refused", () => {
  const amounts = [2, 1, 1];
  expect(answerTo(amounts.map((amount) => ["a", amount]))).toEqual([left(1), left(0), over]);
  const none = [0, -1, 1.5, "1", 1e13, null];
  expect(answerTo(none.map((amount) => ["a", amount]))).toEqual(none.map(() => refused));
  expect(answerTo([["a", 2e9], [5], [{}]])).toEqual([[false, 3, fields], refused, refused]);
});

it("what was taken can be given back", () => {
  expect(answerTo([["a"], ["a", 3], [["a"], 2]], [["x-refund", ""]])).toEqual([left(2), left(0), left(1)]);
});
