import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { buildEngine } from "../../src/engine/build-engine.js";
import { withPolicyFile } from "./worlds.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

beforeAll(async () => {
  await buildEngine(cacheDir);
}, 300_000);

const moduleUsing = (expression: string): Promise<Buffer> =>
  withPolicyFile(
    `import { definePolicy } from "sluice"; export default definePolicy({ onRequest() { console.log(${expression}); } });`,
    async (file) => Buffer.from((await compilePolicy(file, { cacheDir })).wasm),
  );

/** Texts of one web API each, that the kit has not. */
const marks = { URL: "canParse", Headers: "which a header cannot carry" };

it("a module carries a web API only where its policy mentions it", async () => {
  const [none, url, headers] = [
    await moduleUsing("1"),
    await moduleUsing("new URL('https://a.example')"),
    await moduleUsing("[...new Headers()]"),
  ];
  const has = (module: Buffer): boolean[] => [module.includes(marks.URL), module.includes(marks.Headers)];
  expect([none, url, headers].map(has)).toEqual([
    [false, false],
    [true, false],
    [false, true],
  ]);
  expect(url.length - none.length).toBeGreaterThan(50_000);
  expect(url.length - none.length).toBeLessThan(200_000);
});
