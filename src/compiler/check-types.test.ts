import { mkdir, readdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { checkTypes } from "./check-types.js";

const policy = `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    if (headers.has("x-old")) return new Response(410);
  },
});
`;
const loose = "export default function f(a) { return a; }\n";

async function linkTypeScript(project: TemporaryProject, name: string): Promise<void> {
  const installed = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  await mkdir(project.path("node_modules"), { recursive: true });
  await symlink(installed, project.path("node_modules/typescript"));
}

/** A project, and what checks a policy in it. */
function projectWith(typeScript: string): {
  project: () => TemporaryProject;
  check: (name: string, text: string) => Promise<void>;
} {
  let project: TemporaryProject;
  beforeAll(async () => {
    project = await TemporaryProject.create({});
    await linkTypeScript(project, typeScript);
  });
  afterAll(() => project[Symbol.asyncDispose]());
  return {
    project: () => project,
    async check(name, text) {
      await project.write(name, text);
      await checkTypes([project.path(name)]);
    },
  };
}

// The last one that is written in JavaScript, and the first one that is not.
describe.each(["typescript", "typescript-native"])("with %s", (name) => {
  const { project, check } = projectWith(name);

  it("accepts a policy without a tsconfig.json, in the world of policies", async () => {
    const service = 'import { upstream } from "sluice/upstream";\nimport { instancePort } from "sluice/service";\n';
    await expect(
      check("right.ts", `${service}${policy}export const used = [upstream, instancePort];\n`),
    ).resolves.toBeUndefined();
  });

  it("shows type errors with their places, in an imported file too", async () => {
    await project().write("lib/helper.ts", "export const count: number = 'one';\n");
    await expect(
      check("wrong.ts", `import { count } from "./lib/helper";\n${policy}document.title = String(count);\n`),
    ).rejects.toMatchObject({
      code: "POLICY_TYPES",
      message: expect.stringMatching(
        /lib\/helper\.ts:1:14: TS2322: .*\n> 1 \|.*\n {4}\| {14}\^{5}\n(?:.|\n)*wrong\.ts:9:1: TS\d+: Cannot find name 'document'/,
      ),
    });
  });

  it("uses the project of the file, where the nearest tsconfig.json refers to several", async () => {
    const options = { strict: true, target: "es2022", skipLibCheck: true, types: [] };
    await project().write(
      "parts/tsconfig.json",
      '{ "files": [], "references": [{ "path": "./tsconfig.test.json" }, { "path": "./loose" }] }',
    );
    await project().write(
      "parts/tsconfig.test.json",
      JSON.stringify({ compilerOptions: options, include: ["*.test.ts"] }),
    );
    await project().write(
      "parts/loose/tsconfig.json",
      JSON.stringify({
        compilerOptions: {
          ...options,
          strict: false,
          composite: true,
          emitDeclarationOnly: true,
          declarationMap: true,
          declarationDir: "out",
          tsBuildInfoFile: "out/info",
        },
        include: ["../policy.ts"],
      }),
    );
    await expect(check("parts/policy.ts", loose)).resolves.toBeUndefined();
    await expect(check("parts/policy.test.ts", loose)).rejects.toMatchObject({
      message: expect.stringContaining("TS7006"),
    });
  });
});

describe("with a project's own settings", () => {
  const { project, check } = projectWith("typescript-native");

  it("uses the nearest tsconfig.json, with what it declares", async () => {
    await project().write("own/world.d.ts", "declare const region: string;\n");
    await project().write(
      "own/tsconfig.json",
      '{ "compilerOptions": { "strict": false, "target": "es2022", "skipLibCheck": true, "types": [] }, "include": ["*.d.ts"] }',
    );
    await expect(check("own/policy.ts", `${loose}export const here = region;\n`)).resolves.toBeUndefined();
    await expect(check("strict.ts", loose)).rejects.toMatchObject({
      message: expect.stringContaining("strict.ts:1:27: TS7006"),
    });
  });

  it("shows what is wrong with a tsconfig.json", async () => {
    await project().write("astray/tsconfig.json", '{\n  "compilerOptions": { "strikt": true }\n}\n');
    await expect(check("astray/policy.ts", policy)).rejects.toMatchObject({
      code: "POLICY_TYPES",
      message: expect.stringMatching(/astray\/tsconfig\.json:2:24: TS5023: /),
    });
  });

  it("takes what its own packages declare, and leaves nothing there", async () => {
    await project().write("node_modules/.cache/kept", "");
    await project().write("node_modules/far/lands.d.ts", "declare const land: string;\n");
    await project().write("far/tsconfig.json", '{ "compilerOptions": { "types": ["far/lands"] } }');
    await expect(check("far/policy.ts", "export default land;\n")).resolves.toBeUndefined();
    expect(await readdir(project().path("node_modules/.cache"))).toEqual(["kept"]);
  });
});

it("says what to install where there is no TypeScript", async () => {
  await using bare = await TemporaryProject.create({ "policy.ts": policy });
  await expect(checkTypes([bare.path("policy.ts")])).rejects.toMatchObject({ code: "TYPESCRIPT_MISSING" });
});

it("needs nothing that it can write to where the policy is", async () => {
  await using project = await TemporaryProject.create({
    "node_modules/.cache": "",
    "policy.ts": "export const count: number = 'one';\n",
  });
  await linkTypeScript(project, "typescript-native");
  await expect(checkTypes([project.path("policy.ts")])).rejects.toMatchObject({ code: "POLICY_TYPES" });
});

it("says what is missing where TypeScript does not run", async () => {
  await using project = await TemporaryProject.create({
    "node_modules/typescript/package.json": '{ "bin": { "tsc": "./bin/tsc" } }',
    "node_modules/typescript/bin/tsc": 'throw new Error("Unable to resolve @typescript/typescript-linux-x64");\n',
    "policy.ts": policy,
  });
  await expect(checkTypes([project.path("policy.ts")])).rejects.toMatchObject({
    code: "TYPESCRIPT_MISSING",
    message: expect.stringMatching(/typescript\/bin\/tsc does not run: (?:.|\n)*Unable to resolve @typescript/),
  });
});
