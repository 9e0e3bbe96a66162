import { describe, expect, it } from "vitest";
import { Reader, readSections, SectionId, signed, u32, writeModule } from "./wasm-binary.js";
import { readExports, withExports } from "./wasm-sections.js";

describe("LEB128", () => {
  it.each([0, 1, 127, 128, 16_383, 16_384, 4_294_967_295])("reads %d as it was written", (value) => {
    const reader = new Reader(u32(value));
    expect(reader.u32()).toBe(value);
    expect(reader.done).toBe(true);
  });

  it.each([
    [0n, [0]],
    [63n, [0x3f]],
    [64n, [0xc0, 0]],
    [-1n, [0x7f]],
    [-64n, [0x40]],
    [-65n, [0xbf, 0x7f]],
    [-123456n, [0xc0, 0xbb, 0x78]],
  ])("writes %d signed", (value, bytes) => {
    expect([...signed(value)]).toEqual(bytes);
  });

  it("does not read past the end", () => {
    expect(() => new Reader(Uint8Array.of(0x80)).u32()).toThrow(RangeError);
    expect(() => new Reader(Uint8Array.of(2, 0x61)).name()).toThrow(RangeError);
  });
});

describe("a module's sections", () => {
  const table = { id: SectionId.Table, content: Uint8Array.of(1, 0x70, 1, 5, 9) };
  const exported = { id: SectionId.Export, content: Uint8Array.of(2, 1, 0x61, 0, 3, 1, 0x62, 2, 0) };
  const module = writeModule([table, exported]);

  it("are written as they were read", () => {
    expect(writeModule(readSections(module))).toEqual(module);
    expect(() => readSections(module.subarray(0, -1))).toThrow(RangeError);
  });

  it("can lose exports", () => {
    const sections = withExports(readSections(module), ({ name }) => name === "b");
    expect(readExports(sections)).toEqual([{ name: "b", kind: 2, index: 0 }]);
  });
});
