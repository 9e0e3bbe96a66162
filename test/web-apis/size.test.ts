import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { withPolicyFile } from "./worlds.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

beforeAll(async () => {
  await buildEngine(cacheDir);
}, 300_000);

const size = (expression: string): Promise<number> =>
  withPolicyFile(
    `import { definePolicy } from "sluice"; export default definePolicy({ onRequest() { console.log(${expression}); } });`,
    async (file) => (await compilePolicy(file, { cacheDir })).wasm.length,
  );

it("a module carries a web API only where its policy mentions it", async () => {
  const [none, url, headers] = [await size("1"), await size("new URL('https://a.example')"), await size("[...new Headers()]")];
  expect(url - none).toBeGreaterThan(50_000);
  expect(url - none).toBeLessThan(200_000);
  expect(headers - none).toBeGreaterThan(5_000);
  expect(headers - none).toBeLessThan(40_000);
});
