import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { locatePolicy } from "./locate-policy.js";

let project: TemporaryProject;
beforeAll(async () => {
  project = await TemporaryProject.create({
    "gateway/policy.ts": "",
    "gateway/plain": "",
    "node_modules/@acme/x/package.json": JSON.stringify({
      name: "@acme/x",
      type: "module",
      exports: {
        ".": { types: "./x.d.ts", import: "./dist/index.js" },
        "./strict": "./strict.ts",
        "./compiled": "./x.wasm",
      },
    }),
    "node_modules/@acme/x/dist/index.js": "",
    "node_modules/@acme/x/strict.ts": "",
    "node_modules/@acme/x/x.wasm": "",
    "node_modules/old/package.json": JSON.stringify({ name: "old", main: "lib/main.js" }),
    "node_modules/old/lib/main.js": "",
    "node_modules/plain/package.json": JSON.stringify({ name: "plain" }),
    "node_modules/plain/index.js": "",
  });
});
afterAll(() => project[Symbol.asyncDispose]());

const locate = (use: string) => locatePolicy(use, project.path("gateway"));

describe("locating a policy", () => {
  it.each([
    ["policy.ts", "gateway/policy.ts", "gateway"],
    ["./policy.ts", "gateway/policy.ts", "gateway"],
    ["../gateway/policy.ts", "gateway/policy.ts", "gateway"],
    ["./none.wasm", "gateway/none.wasm", "none"],
    ["lib/none.ts", "gateway/lib/none.ts", "none"],
    ["plain", "gateway/plain", "plain"],
    ["@acme/x", "node_modules/@acme/x/dist/index.js", "x"],
    ["@acme/x/strict", "node_modules/@acme/x/strict.ts", "x-strict"],
    ["@acme/x/compiled", "node_modules/@acme/x/x.wasm", "x-compiled"],
    ["old", "node_modules/old/lib/main.js", "old"],
  ])("%s is %s, called %s", async (use, file, name) => {
    expect(await locate(use)).toEqual({ file: project.path(file), name });
  });

  it("takes an absolute path", async () => {
    expect((await locate(project.path("gateway/policy.ts"))).file).toBe(project.path("gateway/policy.ts"));
  });

  it.each([
    ["@acme/y", "no package of that name is installed there"],
    ["auth", "no package of that name is installed there"],
    ["@acme/x/loose", 'The path "./loose" is not exported by package "@acme/x"'],
  ])("says why there is no %s", async (use, reason) => {
    await expect(locate(use)).rejects.toMatchObject({
      code: "POLICY_NOT_FOUND",
      message: `${use}: there is no such file in ${project.path("gateway")}, and as a package: ${reason}.`,
    });
  });
});
