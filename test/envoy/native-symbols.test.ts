/** What `libsluice` asks of Envoy: one that lacks something does not load it. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { nativeLibrary } from "./support/native-library.js";

const folder = fileURLToPath(new URL("../../src/engine/native/", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
/** Those of supported versions, as `scripts/list-native-callbacks.mjs` has found them. */
const supported = JSON.parse(readFileSync(new URL("./native-callbacks.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly string[]>
>;

function namesIn(text: string, pattern = /ABI_CALLBACK\((\w+)\)/g): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name as string).filter((name) => name !== "name");
}

const header = readFileSync(`${folder}abi.h`, "utf8");
const declared = namesIn(header);
/** Which may be missing. */
const optional = namesIn(header, /ABI_SINCE_1_39 int ABI_CALLBACK\((\w+)\)/g);

it("the Envoy that Sluice is tested with has every callback", async () => {
  const binary = readFileSync(await installEnvoy(cacheDir));
  const missing = declared.filter((name) => !binary.includes(`\0envoy_dynamic_module_callback_${name}\0`));
  expect(missing).toEqual([]);
});

it.each(Object.keys(supported))("Envoy %s has every callback, but for those that it may lack", (version) => {
  const missing = declared.filter((name) => !supported[version]!.includes(name));
  expect(missing).toEqual(version.startsWith("1.38.") ? optional : []);
});

it("a host without the callbacks does not load the library, and says what it lacks", async () => {
  const library = await nativeLibrary();
  expect(() => process.dlopen({ exports: {} }, library)).toThrow(/undefined symbol: envoy_dynamic_module_callback_/);
});

/** The names that a library of ELF (64 bits, the lower byte first) has for others: those of its `.dynsym` that have a section. */
function exportsOf(library: Buffer): string[] {
  const number = (at: number): number => Number(library.readBigUInt64LE(at));
  const sections = Array.from({ length: library.readUInt16LE(0x3c) }, (_, index) => number(0x28) + index * 64);
  const [symbols] = sections.filter((at) => library.readUInt32LE(at + 4) === 11) as [number];
  const strings = number((sections[library.readUInt32LE(symbols + 40)] as number) + 24);
  const entries = Array.from({ length: number(symbols + 32) / 24 }, (_, index) => number(symbols + 24) + index * 24);
  return entries
    .filter((at) => library.readUInt16LE(at + 6) !== 0)
    .map((at) => strings + library.readUInt32LE(at))
    .map((at) => library.toString("latin1", at, library.indexOf(0, at)));
}

it.each(["x64", "arm64"])("the library for %s has nothing for others but the events that Envoy calls", (cpu) => {
  const library = readFileSync(new URL(`../../packages/envoy-linux-${cpu}/libsluice.so`, import.meta.url));
  const names = exportsOf(library);
  expect(names).toContain("envoy_dynamic_module_on_program_init");
  expect(names.filter((name) => !name.startsWith("envoy_dynamic_module_on_"))).toEqual([]);
});

it("every callback that is declared is used", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  const used = new Set(sources.flatMap((name) => namesIn(readFileSync(folder + name, "utf8"))));
  expect(declared.filter((name) => !used.has(name))).toEqual([]);
});
