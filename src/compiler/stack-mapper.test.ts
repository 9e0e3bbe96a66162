import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compileFunction } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundlePolicy } from "./bundle.js";
import { bundleFilename, createStackMapper } from "./stack-mapper.js";

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "sluice-stack-")));
});
afterAll(() => rm(folder, { recursive: true }));

it("leaves out frames of the gateway and of Node where there are others", () => {
  const gateway = fileURLToPath(new URL("../host/chain/turn.ts", import.meta.url));
  const stack = [
    "Error: at no place: /p/policy.ts:1:2",
    "    at helper (/p/node_modules/pkg/index.js:3:4)",
    `    at Turn.run (${gateway}:12:9)`,
    `    at ${pathToFileURL(gateway).href}:14:2`,
    `    at async ${pathToFileURL(gateway).href}:15:3`,
    "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
    "    at <anonymous>",
  ].join("\n");

  const map = createStackMapper('{"version":3,"sources":[],"mappings":""}', "/p/policy.ts.bundle.cjs");
  expect(map(stack).split("\n")).toEqual([
    "Error: at no place: /p/policy.ts:1:2",
    "    at helper (/p/node_modules/pkg/index.js:3:4)",
    "    at <anonymous>",
  ]);
  const own = `Error: a\n    at Turn.run (${gateway}:12:9)`;
  expect(map(own)).toBe(own);
});

it("gives a stack the policy's own files and lines, and leaves out the kit", async () => {
  const file = join(folder, "policy.ts");
  await writeFile(
    file,
    `import { definePolicy } from "sluice";
interface Gone { a: string }
const inner = async (): Promise<Gone> => {
  throw new Error("here");
};
globalThis.sluiceTestThrows = async () => { await inner(); };
export default definePolicy({});
`,
  );
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
