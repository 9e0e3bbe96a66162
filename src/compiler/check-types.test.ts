import { mkdir, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TemporaryProject } from "../../test/cli/temporary-project.js";
import { checkTypes } from "./check-types.js";

const typeScript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

let project: TemporaryProject;
beforeAll(async () => {
  project = await TemporaryProject.create({});
  await mkdir(project.path("node_modules"));
  await symlink(typeScript, project.path("node_modules/typescript"));
});
afterAll(() => project[Symbol.asyncDispose]());

async function check(name: string, text: string): Promise<void> {
  await project.write(name, text);
  await checkTypes(project.path(name));
}

const policy = `import { definePolicy } from "sluice";
export default definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    if (headers.has("x-old")) return new Response(410);
  },
});
`;

it("accepts a policy without a tsconfig.json, in the world of policies", async () => {
  await expect(check("right.ts", policy)).resolves.toBeUndefined();
});

it("shows a type error with its place, in an imported file too", async () => {
  await project.write("lib/helper.ts", "export const count: number = 'one';\n");
  await expect(
    check("wrong.ts", `import { count } from "./lib/helper";\n${policy}document.title = String(count);\n`),
  ).rejects.toMatchObject({
    code: "POLICY_TYPES",
    message: expect.stringMatching(
      /lib\/helper\.ts:1:14: TS2322: .*\n> 1 \|(?:.|\n)*wrong\.ts:9:1: TS\d+: Cannot find name 'document'/,
    ),
  });
});

it("uses the nearest tsconfig.json", async () => {
  await project.write(
    "own/tsconfig.json",
    '{ "compilerOptions": { "strict": false, "target": "es2022", "skipLibCheck": true, "types": [] } }',
  );
  const loose = "export default function f(a) { return a; }\n";
  await expect(check("own/policy.ts", loose)).resolves.toBeUndefined();
  await expect(check("strict.ts", loose)).rejects.toMatchObject({
    message: expect.stringContaining("strict.ts:1:27: TS7006"),
  });
});

it("uses the project of the file, where the nearest tsconfig.json refers to several", async () => {
  const options = { strict: true, target: "es2022", skipLibCheck: true, types: [] };
  await project.write(
    "parts/tsconfig.json",
    '{ "files": [], "references": [{ "path": "./tsconfig.test.json" }, { "path": "./tsconfig.loose.json" }] }',
  );
  await project.write("parts/tsconfig.test.json", JSON.stringify({ compilerOptions: options, include: ["*.test.ts"] }));
  await project.write(
    "parts/tsconfig.loose.json",
    JSON.stringify({
      compilerOptions: {
        ...options,
        strict: false,
        composite: true,
        emitDeclarationOnly: true,
        declarationMap: true,
        outDir: "out",
        tsBuildInfoFile: "out/info",
      },
      include: ["policy.ts"],
    }),
  );
  const loose = "export default function f(a) { return a; }\n";
  await expect(check("parts/policy.ts", loose)).resolves.toBeUndefined();
  await expect(check("parts/policy.test.ts", loose)).rejects.toMatchObject({
    message: expect.stringContaining("TS7006"),
  });
});

it("says what to install where there is no TypeScript", async () => {
  await using bare = await TemporaryProject.create({ "policy.ts": policy });
  await expect(checkTypes(bare.path("policy.ts"))).rejects.toMatchObject({ code: "TYPESCRIPT_MISSING" });
});
