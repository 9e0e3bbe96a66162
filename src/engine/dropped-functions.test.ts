import { readFile } from "node:fs/promises";
import binaryen from "binaryen";
import { expect, it } from "vitest";
import { webAssembly } from "../web-assembly.js";
import { withoutFunctions } from "./dropped-functions.js";
import { readSections, writeModule } from "./wasm-binary.js";
import { webApiParts } from "./web-api-parts.js";

/** Two natives in the table, of which each has a function of its own, and one that they share. */
const text = `(module
  (table 2 2 funcref)
  (elem (i32.const 0) func $first $second)
  (func $shared (result i64) (i64.const 7))
  (func $own (result i64) (i64.sub (i64.add (call $shared) (i64.const 0x1000000000001)) (i64.const 0x1000000000000)))
  (func $other (result i64) (i64.sub (i64.add (call $shared) (i64.const 0x1000000000002)) (i64.const 0x1000000000000)))
  (func $first (export "native_first") (param i32 i64 i32 i32) (result i64) (call $own))
  (func $second (export "native_second") (param i32 i64 i32 i32) (result i64) (call $other))
  (func (export "proxy_call") (param i32) (result i64)
    (call_indirect (param i32 i64 i32 i32) (result i64) (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (local.get 0))))`;

const undefinedValue = 3n << 32n;

async function run(wanted: readonly string[]): Promise<{ results: bigint[]; bytes: number }> {
  const module = binaryen.parseText(text);
  const bytes = writeModule(withoutFunctions(readSections(module.emitBinary()), new Set(wanted)));
  const { exports } = await webAssembly.instantiate(await webAssembly.compile(bytes), {});
  const call = exports["proxy_call"] as (place: number) => bigint;
  return { results: [call(0), call(1)], bytes: bytes.length };
}

it("a native that is not wanted gives undefined, and takes along what only it calls", async () => {
  const [both, first, none] = [await run(["first", "second"]), await run(["first"]), await run([])];
  expect(both.results).toEqual([8n, 9n]);
  expect(first.results).toEqual([8n, undefinedValue]);
  expect(none.results).toEqual([undefinedValue, undefinedValue]);
  expect(first.bytes).toBeLessThan(both.bytes);
  expect(none.bytes).toBeLessThan(first.bytes);
});

it("the engine exports each native that a web API names, and no others", async () => {
  const engine = await readFile(new URL("./quickjs/quickjs.wasm", import.meta.url));
  const exports = webAssembly.Module.exports(await webAssembly.compile(engine));
  const natives = exports.flatMap(({ name }) => (name.startsWith("native_") ? [name.slice("native_".length)] : []));
  expect(natives.sort()).toEqual([...new Set(webApiParts.flatMap((part) => part.natives ?? []))].sort());
});
