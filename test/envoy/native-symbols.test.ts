/** What `libsluice` asks of Envoy: the loader of shared libraries finds out about it when a request comes. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { installEnvoy } from "../../src/envoy/install-envoy.js";

const folder = fileURLToPath(new URL("../../src/engine/native/", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const callback = /ABI_CALLBACK\((\w+)\)/g;

function namesIn(text: string): string[] {
  return [...text.matchAll(callback)].map(([, name]) => name as string).filter((name) => name !== "name");
}

const declared = namesIn(readFileSync(`${folder}abi.h`, "utf8"));

it("the Envoy that Sluice is tested with has every callback", async () => {
  const binary = readFileSync(await installEnvoy(cacheDir));
  const missing = declared.filter((name) => !binary.includes(`\0envoy_dynamic_module_callback_${name}\0`));
  expect(missing).toEqual([]);
});

it("every callback that is declared is used", () => {
  const sources = readdirSync(folder).filter((name) => name.endsWith(".c"));
  const used = new Set(sources.flatMap((name) => namesIn(readFileSync(folder + name, "utf8"))));
  expect(declared.filter((name) => !used.has(name))).toEqual([]);
});
