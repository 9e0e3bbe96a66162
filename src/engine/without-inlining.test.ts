import { expect, it } from "vitest";
import { webAssembly } from "../web-assembly.js";
import { concatenate, u32 } from "./wasm-binary.js";
import { withoutInlining } from "./without-inlining.js";

/** `twice(x)` is `x + x`, after 40 instructions that do nothing. */
const body = concatenate([
  Uint8Array.of(1, 1, 0x7f),
  new Uint8Array(40).fill(0x01),
  Uint8Array.of(0x20, 0, 0x20, 0, 0x6a, 0x0b),
]);
const code = concatenate([u32(1), u32(body.length), body]);
const module = concatenate([
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
  Uint8Array.of(1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 7, 9, 1, 5, 0x74, 0x77, 0x69, 0x63, 0x65, 0, 0),
  Uint8Array.of(10),
  u32(code.length),
  code,
]);

it("a module without inlining does what it did", async () => {
  const { exports } = await webAssembly.instantiate(await webAssembly.compile(withoutInlining(module)), {});
  expect((exports["twice"] as (value: number) => number)(21)).toBe(42);
});

it("each function leads to as many calls as V8 inlines in one", () => {
  const changed = Buffer.from(withoutInlining(module));
  // i32.const 0; if; call 2; end, behind the locals.
  expect(changed.indexOf(Buffer.of(1, 1, 0x7f, 0x41, 0, 0x04, 0x40, 0x10, 2, 0x0b))).toBeGreaterThan(0);
  // Function 2 calls the empty function 1.
  expect(changed.subarray(-120)).toEqual(
    Buffer.concat([Buffer.of(0), ...Array<Buffer>(59).fill(Buffer.of(0x10, 1)), Buffer.of(0x0b)]),
  );
});
