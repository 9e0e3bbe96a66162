import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { locatePolicy } from "./locate-policy.js";

let project: TemporaryProject;
beforeAll(async () => {
  project = await TemporaryProject.create({
    "gateway/policy.ts": "",
    "gateway/plain": "",
    "gateway/sluice/policies/require-header": "",
    "node_modules/sluice/package.json": JSON.stringify({ name: "sluice", exports: { "./*": "./*/policy.ts" } }),
    "node_modules/sluice/policies/require-header/policy.ts": "",
    "node_modules/sluice/policies/other/policy.ts": "",
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

  it("takes a ready policy from the Sluice that runs, whatever files and packages have its name", async () => {
    expect(await locate("sluice/policies/require-header")).toEqual({
      file: fileURLToPath(new URL("../../policies/require-header/policy.ts", import.meta.url)),
      name: "require-header",
    });
    expect((await locate("./sluice/policies/require-header")).file).toBe(
      project.path("gateway/sluice/policies/require-header"),
    );
  });

  it.each([
    ["other", "."],
    ["requireheader", ': did you mean "require-header"?'],
    ["", "."],
    ["shared", "."],
    ["../policies/require-header", "."],
    ["Require-Header", ': did you mean "require-header"?'],
  ])("lists the ready policies for one that there is not: sluice/policies/%s", async (name, suggestion) => {
    const refusal: unknown = await locate(`sluice/policies/${name}`).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "POLICY_NOT_FOUND" });
    const [first, ...list] = (refusal as Error).message.split("\n");
    expect(first).toBe(`sluice/policies/${name}: there is no ready policy of that name${suggestion} There are:`);
    expect(list).toContain("  sluice/policies/require-header");
    expect(list).not.toContain("  sluice/policies/shared");
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
