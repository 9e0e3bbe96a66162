import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { bundlePolicy } from "./bundle.js";
import { checkGlobals } from "./check-globals.js";

const policy = 'import { definePolicy } from "sluice";\nexport default definePolicy({});\n';

let folder: TemporaryProject;
beforeAll(async () => {
  folder = await TemporaryProject.create({});
});
afterAll(() => folder[Symbol.asyncDispose]());

async function check(name: string, text: string): Promise<string[]> {
  await folder.write(name, text);
  const { output } = await bundlePolicy(folder.path(name));
  return checkGlobals(output);
}

describe("a global that policies do not have", () => {
  it("is named with its place, its source and what to use instead", async () => {
    await expect(
      check("own.ts", `${policy}type Env = string;\nexport const home: Env = process.env.HOME;\n`),
    ).rejects.toMatchObject({
      code: "POLICY_GLOBAL",
      message: expect.stringMatching(
        /own\.ts:4:26: "process" is not available in a policy: a policy has no environment; .*\n(?:.*\n)*> 4 \| export const home: Env = process\.env\.HOME;\n {4}\| {26}\^{7}$/,
      ),
    });
  });

  it("is found in the file that the policy imports, each place once", async () => {
    await folder.write("lib/time.ts", "export const every = () => setInterval(() => fetch('x'), 1);\n");
    const error: unknown = await check(
      "importing.ts",
      `import { every } from "./lib/time.ts"; every();\n${policy}`,
    ).catch((thrown: unknown) => thrown);
    expect(String(error).match(/lib\/time\.ts:1:\d+: "\w+"/g)).toEqual([
      expect.stringMatching(/:1:28: "setInterval"$/),
      expect.stringMatching(/:1:46: "fetch"$/),
    ]);
  });

  it.each([
    ["fetch", "where upstream is imported from sluice/upstream"],
    ["process", "config"],
    ["Buffer", "Uint8Array"],
    ["setInterval", "setTimeout"],
    ["window", "browser"],
    ["Intl", "locale"],
  ])("is refused when the policy is bundled, for whatever engine: %s", async (name, instead) => {
    await folder.write("bundled.ts", `${policy}console.log(${name});\n`);
    await expect(bundlePolicy(folder.path("bundled.ts"))).rejects.toMatchObject({
      code: "POLICY_GLOBAL",
      message: expect.stringMatching(
        new RegExp(`bundled\\.ts:3:\\d+: "${name}" is not available in a policy: .*${instead}`),
      ) as string,
    });
  });

  it("may be asked for with typeof, and used in that file then", async () => {
    expect(
      await check("guarded.ts", `${policy}export const cwd = typeof process === "undefined" ? "/" : process.cwd();\n`),
    ).toEqual([]);
  });

  it("is a warning where a package uses it", async () => {
    await folder.write("node_modules/@a/pkg/index.js", "export const cwd = () => process.cwd() + process.pid;\n");
    expect(await check("package.ts", `import { cwd } from "@a/pkg"; globalThis.cwd = cwd;\n${policy}`)).toEqual([
      'The package "@a/pkg" uses "process", which is not available in a policy: where it does, it fails.',
    ]);
  });

  it.each([
    ["is declared", "const process = { pid: 1 }; export const pid = process.pid;"],
    ["is a property", "export const name = { process: 1 }.process;"],
    [
      "is a label, a parameter, a type",
      "export function f(window: string) { self: for (;;) break self; return window; }",
    ],
  ])("is another thing where the name %s", async (_what, text) => {
    expect(await check("other.ts", `${policy}${text}\n`)).toEqual([]);
  });
});

describe("code that is made of text", () => {
  it("is a warning with its place, in packages and in the policy, since it may never be called", async () => {
    await folder.write(
      "node_modules/makes/index.js",
      "export const template = (text) =>\n  Function('a', text);\nexport const run = (text) => eval(text);\n",
    );
    await folder.write("lib/old.js", "export const compile = (text) => new Function(text);\n");
    const source = `import * as a from "makes"; import * as b from "./lib/old.js"; globalThis.used = [a, b];\n${policy}`;
    const makes = (name: string, place: string, owner: string, call: string): unknown =>
      expect.stringMatching(
        new RegExp(`${name}:${place}: ${owner} makes code of text with ${call}\\(\\), .*NO_COMPILER\\.$`),
      );
    const warnings = await check("making.ts", source);
    expect(warnings).toEqual([
      makes("node_modules/makes/index\\.js", "2:3", 'The package "makes"', "Function"),
      makes("node_modules/makes/index\\.js", "3:30", 'The package "makes"', "eval"),
      makes("lib/old\\.js", "1:38", "The policy", "Function"),
    ]);
    expect((await bundlePolicy(folder.path("making.ts"))).warnings).toEqual(warnings);
  });

  it("is not what asks for the global object, or for the type", async () => {
    const text = `console.log(Function("return this")(), new Function('return this;')(), (() => 1) instanceof Function);`;
    expect(await check("asking.ts", `${policy}${text}\n`)).toEqual([]);
  });
});

it("the globals of the language, of the web and of the kit can be used", async () => {
  const used =
    "console.log(Response, new URL('http://a'), structuredClone([]), BigInt(1), new WeakRef({}), globalThis, crypto, setTimeout);";
  expect(await check("available.ts", `${policy}export const all = () => { ${used} };\n`)).toEqual([]);
});
