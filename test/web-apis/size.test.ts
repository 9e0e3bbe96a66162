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
const marks = { URL: "canParse", URLSearchParams: "URLSearchParams Iterator", Headers: "is no header name" };

it("a module carries a web API only where its policy mentions it", async () => {
  const [none, url, params, headers] = [
    await moduleUsing("1"),
    await moduleUsing("new URL('https://a.example')"),
    await moduleUsing("new URLSearchParams('a=1')"),
    await moduleUsing("[...new Headers()]"),
  ];
  const has = (module: Buffer): boolean[] => Object.values(marks).map((mark) => module.includes(mark));
  expect([none, url, params, headers].map(has)).toEqual([
    [false, false, false],
    [true, true, false],
    [false, true, false],
    [false, false, true],
  ]);
  const added = (module: Buffer): number => module.length - none.length;
  expect(added(url)).toBeGreaterThan(40_000);
  expect(added(url)).toBeLessThan(100_000);
  expect(added(params)).toBeLessThan(added(url) / 2);
});
