import { compileFunction } from "node:vm";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundlePolicy } from "./bundle.js";
import { bundleFilename, createStackMapper } from "./stack-mapper.js";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-stack-")));
});
afterAll(() => rm(folder, { recursive: true }));

it("gives a stack the policy's own files and lines, and leaves out the kit", async () => {
  const file = join(folder, "policy.ts");
  await writeFile(file, `import { definePolicy } from "sluice";
interface Gone { a: string }
const inner = async (): Promise<Gone> => {
  throw new Error("here");
};
globalThis.sluiceTestThrows = async () => { await inner(); };
export default definePolicy({});
`);
  const { code, map } = await bundlePolicy(file);
  const filename = bundleFilename(file);
  const run = compileFunction(code, ["module", "exports"], { filename }) as (...values: unknown[]) => void;
  run({}, {});
  const { sluiceTestThrows } = globalThis as unknown as { sluiceTestThrows: () => Promise<void> };
  const error = (await sluiceTestThrows().catch((thrown: unknown) => thrown)) as Error;

  const stack = createStackMapper(map, filename)(error.stack ?? "");
  const frames = stack.split("\n");
  expect(frames[0]).toBe("Error: here");
  expect(frames[1]).toContain(`${file}:4:9`);
  expect(stack).not.toContain(filename);
  expect(stack).not.toContain("src/guest");
});
