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

it("every callback that is declared is used", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  const used = new Set(sources.flatMap((name) => namesIn(readFileSync(folder + name, "utf8"))));
  expect(declared.filter((name) => !used.has(name))).toEqual([]);
});
