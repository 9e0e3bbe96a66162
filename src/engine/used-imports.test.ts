import binaryen from "binaryen";
import { describe, expect, it } from "vitest";
import { webAssembly } from "../web-assembly.js";
import { unusedHostcalls, withoutImports } from "./used-imports.js";
import { readSections, writeModule } from "./wasm-binary.js";

/** Those that the engine is linked with, as far as the test has them. */
const { BulkMemory, NontrappingFPToInt, ReferenceTypes, SIMD128 } = binaryen.Features;
const features: binaryen.Features = BulkMemory | NontrappingFPToInt | ReferenceTypes | SIMD128;

function wasm(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(features);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Calls each import once, after instructions whose operands look like calls. */
const text = `(module
  (type $native (func (param i32 i64 i32 i32) (result i64)))
  (import "env" "proxy_a" (func $a (param i32) (result i32)))
  (import "env" "proxy_b" (func $b (param i32 i32) (result i32)))
  (import "env" "proxy_c" (func $c (param i32) (result i32)))
  (memory (export "memory") 1)
  (table 2 funcref)
  (elem (i32.const 0) func $dead $used)
  (global $zero (mut i32) (i32.const 0))
  (func $dead (type $native) (i64.extend_i32_u (call $b (local.get 2) (i32.const 0x1010))))
  (func $used (type $native) (i64.extend_i32_u (i32.add (call $a (i32.const 1)) (call $c (i32.const 2)))))
  (func (export "a") (result i32) (call $a (i32.const 0x10)))
  (func (export "b") (result i32) (call $b (i32.const 0x1010) (i32.const 2)))
  (func (export "c") (result i32)
    (local $vector v128)
    (local.set $vector (v128.const i32x4 0x10001000 0x00100010 0x10001000 0x10101010))
    (local.set $vector (i8x16.shuffle 16 0 16 1 16 2 16 1 16 0 16 1 16 2 16 1 (local.get $vector) (local.get $vector)))
    (f64.store (i32.const 0x1000) (f64.const 4.1e-80))
    (block $out (br_table $out $out (i32.const 16)))
    (memory.fill (i32.const 16) (i32.const 16) (i32.const 16))
    (global.set $zero (select (result i32) (i32.const 16) (i32.trunc_sat_f64_s (f64.const 16)) (i32.const 1)))
    (call $c (i32.const 3)))
  (func (export "called") (param i32) (result i64)
    (call_indirect (type $native) (i32.const 0) (i64.const 16) (i32.const 0) (i32.const 0) (local.get 0))))`;

async function run(unused: readonly string[]): Promise<{ imported: string[]; results: unknown[] }> {
  const module = await webAssembly.compile(writeModule(withoutImports(readSections(wasm(text)), new Set(unused))));
  const imported = webAssembly.Module.imports(module).map(({ name }) => name);
  const answers: Record<string, () => number> = {
    proxy_a: () => 100,
    proxy_b: () => 200,
    proxy_c: () => 300,
  };
  const env = Object.fromEntries(imported.map((name) => [name, answers[name]!]));
  const { exports } = await webAssembly.instantiate(module, { env });
  const call = (name: string, ...args: number[]): unknown => (exports[name] as (...args: number[]) => unknown)(...args);
  return { imported, results: [call("a"), call("b"), call("c"), call("called", 0), call("called", 1)] };
}

describe("a module without some of its imports", () => {
  const undefinedValue = 3n << 32n;

  it.each([
    [[], [100, 200, 300, 200n, 400n]],
    [["proxy_b"], [100, 12, 300, undefinedValue, 400n]],
    [["proxy_a"], [12, 200, 300, 200n, 312n]],
    [["proxy_c"], [100, 200, 12, 200n, 112n]],
    [
      ["proxy_a", "proxy_c"],
      [12, 200, 12, 200n, undefinedValue],
    ],
    [
      ["proxy_a", "proxy_b", "proxy_c"],
      [12, 12, 12, undefinedValue, undefinedValue],
    ],
  ])("%j calls the others, and gets Unimplemented in their place", async (unused, results) => {
    expect(await run(unused)).toEqual({
      imported: ["proxy_a", "proxy_b", "proxy_c"].filter((name) => !unused.includes(name)),
      results,
    });
  });

  it("has no function for JavaScript that of what it calls has only what every module has", async () => {
    const sections = readSections(
      wasm(`(module
        (type $native (func (param i32 i64 i32 i32) (result i64)))
        (import "env" "proxy_log" (func $log (result i32)))
        (import "env" "proxy_get_shared_data" (func $data (result i32)))
        (table 2 funcref)
        (elem (i32.const 0) func $both $common)
        (func $both (type $native) (i64.extend_i32_u (i32.add (call $log) (call $data))))
        (func $common (type $native) (i64.extend_i32_u (call $log)))
        (func (export "called") (param i32) (result i64)
          (call_indirect (type $native) (i32.const 0) (i64.const 16) (i32.const 0) (i32.const 0) (local.get 0))))`),
    );
    const module = await webAssembly.compile(writeModule(withoutImports(sections, new Set(["proxy_get_shared_data"]))));
    const { exports } = await webAssembly.instantiate(module, { env: { proxy_log: () => 5 } });
    const called = exports["called"] as (index: number) => bigint;
    expect([called(0), called(1)]).toEqual([undefinedValue, 5n]);
  });

  it("is refused where an import is handed on, for the host or the table", () => {
    for (const handed of ['(export "a" (func $a))', "(table 1 funcref) (elem (i32.const 0) func $a)"]) {
      const module = wasm(`(module (import "env" "proxy_a" (func $a)) ${handed})`);
      expect(() => withoutImports(readSections(module), new Set())).toThrow(RangeError);
    }
  });
});

it("a hostcall counts as used where its name occurs at all", () => {
  const unused = unusedHostcalls('host["getMetric"](1); /* grpcSend */ host.getSharedDataX');
  expect(["getMetric", "grpcSend", "getSharedData", "log"].map((name) => unused.has(importOf(name)))).toEqual([
    false,
    false,
    true,
    false,
  ]);
});

function importOf(name: string): string {
  return `proxy_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}
