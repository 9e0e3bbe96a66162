/** The package as users get it. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectPackages } from "../../src/cli/project-manifest.js";
import { webAssembly } from "../../src/web-assembly.js";
import { typeProblems } from "../support/type-check.js";
import { testNewProjects } from "./new-projects.js";
import { installPackedPackage, type PackedProject } from "./packed-package.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

const typeErrorsOf = async (configFile: string) => (await typeProblems(configFile)).map(({ text }) => text);

describe("the packed package", () => {
  let project: PackedProject;

  beforeAll(async () => {
    if (!existsSync(join(root, "dist/index.js"))) {
      throw new Error("There is no dist/: run `npm run build` first.");
    }
    project = await installPackedPackage(root, [
      ...projectPackages.filter((name) => name !== "sluice"),
      "@typescript-eslint/parser",
      "eslint",
    ]);
  }, 120_000);
  afterAll(() => project.remove());

  /** Runs an ES module in the project and returns what it printed. */
  async function runModule(code: string): Promise<string> {
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", code], { cwd: project.directory });
    return stdout.trim();
  }

  it("has nothing that publint objects to", async () => {
    const { messages, pkg } = await publint({ pkgDir: project.packageDirectory, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("carries what it needs at run time and no tests", () => {
    expect(project.files).toContain("dist/engine/linked/running.wasm");
    expect(project.files.filter((path) => path.startsWith("dist/engine/link-engine"))).toEqual([]);
    expect(project.files).toContain("LICENSE");
    expect(project.files).toContain("README.md");
    expect(project.files).toContain("dist/index.d.ts");
    expect(project.files).toContain("types/policy-globals.d.ts");
    expect(project.files).toContain("templates/common/gitignore");
    expect(project.files).toContain("schemas/gateway.schema.json");
    expect(project.files).toContain("policies/require-header/policy.ts");
    expect(project.files.filter((path) => path.endsWith(".cases.yaml") && !path.startsWith("templates/"))).toEqual([]);
    const own = project.files.filter((path) => !path.startsWith("templates/"));
    expect(own.filter((path) => /\.test\.[jt]s$|(^|\/)(test|bench|examples)\//.test(path))).toEqual([]);
  });

  it("exports the authoring API", async () => {
    expect(await runModule('import { definePolicy } from "sluice"; console.log(typeof definePolicy);')).toBe(
      "function",
    );
  });

  it("exports the gateway", async () => {
    const names = await runModule(
      'import * as gateway from "sluice/gateway"; console.log(Object.keys(gateway).join());',
    );
    expect(names).not.toBe("");
  });

  it("exports nothing else", async () => {
    const attempt = runModule('await import("sluice/dist/index.js");');
    await expect(attempt).rejects.toThrow(/ERR_MODULE_NOT_FOUND|ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it("has the command line tool", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    const { stdout } = await run(join(project.directory, "node_modules/.bin/sluice"), ["--version"], {
      cwd: project.directory,
    });
    expect(stdout.trim()).toBe(version);
  });

  it("builds a module from a policy", async () => {
    await writeFile(
      join(project.directory, "policy.ts"),
      `import { definePolicy } from "sluice";
      export default definePolicy({ onRequest() { console.log(new URL("https://example.com/").host); } });
    `,
    );
    const { stdout } = await run(
      join(project.directory, "node_modules/.bin/sluice"),
      ["build", "policy.ts", "-o", "policy.wasm"],
      {
        cwd: project.directory,
      },
    );
    expect(stdout).toContain("policy.wasm: ");
    const module = await webAssembly.compile(await readFile(join(project.directory, "policy.wasm")));
    expect(webAssembly.Module.exports(module).map(({ name }) => name)).toContain("proxy_on_context_create");
  });

  it("builds a module of all ready policies, and shows what each takes", async () => {
    const sluice = (...args: string[]) =>
      run(join(project.directory, "node_modules/.bin/sluice"), args, { cwd: project.directory });
    const names = project.files
      .filter((path) => path.startsWith("schemas/policies/"))
      .map((schema) => basename(schema, ".schema.json"));
    expect(names).toContain("require-header");
    const uses = names.map((name) => `sluice/policies/${name}`);
    const { stdout } = await sluice("build", ...uses, "-o", "dist/ready.wasm");
    expect(stdout).toContain("ready.wasm: ");
    for (const name of names) {
      expect(stdout).toContain(`  ${name}, npm: sluice `);
      expect(project.files).toContain(`policies/${name}/README.md`);
    }
    const { stdout: shown } = await sluice("policies", "show", "require-header");
    expect(shown).toContain("node_modules/sluice/policies/require-header/README.md");
  }, 300_000);

  it("exports the JSON Schema of gateway files", async () => {
    const file = await runModule('console.log(import.meta.resolve("sluice/schemas/gateway.schema.json"));');
    expect(JSON.parse(await readFile(new URL(file), "utf8"))).toMatchObject({ title: "The gateway file of Sluice" });
  });

  it("says so where its engine is not there", async () => {
    const linked = join(project.packageDirectory, "dist/engine/linked");
    await rename(linked, `${linked}.away`);
    const build = run(join(project.directory, "node_modules/.bin/sluice"), ["build", "policy.ts"], {
      cwd: project.directory,
    });
    const [result] = await Promise.allSettled([build]);
    await rename(`${linked}.away`, linked);
    expect(result).toMatchObject({
      reason: { code: 1, stderr: expect.stringContaining("ENGINE_MISSING: ") as string },
    });
  });

  it("type-checks a policy project that extends its configuration", async () => {
    const policyProject = join(project.directory, "my-policy");
    await mkdir(policyProject);
    await writeFile(
      join(policyProject, "tsconfig.json"),
      JSON.stringify({ extends: "sluice/tsconfig.policy.json", include: ["*.ts"] }),
    );
    await writeFile(
      join(policyProject, "policy.ts"),
      `import { definePolicy } from "sluice";
      export default definePolicy({
        async onRequest(request) {
          const { headers } = await request.intoHeadersState();
          if (!headers.has("authorization")) return new Response(401).withBody("no token");
          console.log(headers.get("authorization")?.length);
        },
      });
      export const wrongWorld = [process, document];
      `,
    );
    expect(await typeErrorsOf(join(policyProject, "tsconfig.json"))).toEqual([
      expect.stringContaining("Cannot find name 'process'"),
      expect.stringContaining("Cannot find name 'document'"),
    ]);
  });

  it.each([
    ["bundler", "preserve"],
    ["nodenext", "nodenext"],
  ])(
    "has the types of all that it exports where modules are resolved as %s",
    async (moduleResolution, module) => {
      const services = project.files.flatMap(
        (path) => /^dist\/services\/([a-z-]+)\/index\.d\.ts$/.exec(path)?.[1] ?? [],
      );
      expect(services).toContain("upstream");
      const policies = await typeScriptProject(`policies-${moduleResolution}`, "sluice/tsconfig.policy.json", {
        compilerOptions: { moduleResolution, module, skipLibCheck: false },
        files: {
          "policy.ts": `import { definePolicy } from "sluice";
          import { counter } from "sluice/metrics";
          import { type ExchangeContext, exchangePort, instancePort } from "sluice/service";
          import { type Upstream, upstream } from "sluice/upstream";
          export default definePolicy({
            configure(context): [Upstream, string] {
              counter(context, "requests").increment();
              return [upstream(context, "auth"), instancePort(context, "b()").policy];
            },
          });
          export const policyOf = (context: ExchangeContext): string => exchangePort(context, "c()").policy;
          export const wrong: number = counter;
          export { other } from "sluice/bar";
          `,
          "services.ts": services
            .map((name) => `export * as ${name.replaceAll("-", "_")} from "sluice/${name}";\n`)
            .join(""),
        },
      });
      expect(await typeErrorsOf(policies)).toEqual([
        expect.stringContaining("is not assignable to type 'number'"),
        expect.stringContaining("Cannot find module 'sluice/bar'"),
      ]);

      const tests = await typeScriptProject(`tests-${moduleResolution}`, "sluice/tsconfig.test.json", {
        compilerOptions: { moduleResolution, module },
        files: {
          "policy.test.ts": `import sluice from "sluice/eslint";
          import { startGateway } from "sluice/gateway";
          import { testGateway } from "sluice/testing";
          export const status = async (): Promise<number> => {
            await using gateway = await testGateway({ policies: ["./policy.ts"] });
            return (await gateway.fetch("/")).status;
          };
          export default [sluice.configs.recommended];
          export const wrong: [number, number, number] = [startGateway, testGateway, sluice.rules["no-late-edit"]];
          `,
        },
      });
      expect(await typeErrorsOf(tests)).toEqual(
        Array.from({ length: 3 }, () => expect.stringContaining("is not assignable to type 'number'") as string),
      );
    },
    120_000,
  );

  it.each([
    ["bundler", "preserve"],
    ["nodenext", "nodenext"],
  ])(
    "takes a service of another package, compiled where modules are resolved as %s",
    async (moduleResolution, module) => {
      const compilerOptions = { moduleResolution, module };
      const service = join(root, "test/services/acme-quota");
      const compiled = await typeScriptProject(`quota-${moduleResolution}`, "sluice/tsconfig.policy.json", {
        compilerOptions: { ...compilerOptions, noEmit: false, declaration: true },
        files: { "index.ts": await readFile(join(service, "index.ts"), "utf8") },
      });
      const user = await typeScriptProject(`uses-quota-${moduleResolution}`, "sluice/tsconfig.policy.json", {
        compilerOptions,
        files: {
          "policy.ts": `import { definePolicy, Response } from "sluice";
          import { noteCost, quota } from "@acme/quota";
          export default definePolicy({
            configure: (context) => quota(context, { limit: 1 }),
            onRequest(request, context) {
              if (!context.resources.take("all")) return new Response(null, { status: 429 });
              noteCost(context, request.path.length);
            },
          });
          `,
          "policy.cases.yaml": `cases:
  - name: the second request is refused
    steps:
      - { request: { method: GET, path: / }, expect: { status: 200, upstream: reached } }
      - { request: { method: GET, path: / }, expect: { status: 429, upstream: not-reached } }
`,
        },
      });
      const installed = join(dirname(user), "node_modules/@acme/quota");
      await mkdir(installed, { recursive: true });
      await copyFile(join(service, "package.json"), join(installed, "package.json"));

      const sources = await readdir(dirname(compiled));
      expect(await typeErrorsOf(compiled)).toEqual([]);
      const emitted = (await readdir(dirname(compiled))).filter((name) => !sources.includes(name));
      expect(emitted.sort()).toEqual(["index.d.ts", "index.js"]);
      for (const name of emitted) {
        await copyFile(join(dirname(compiled), name), join(installed, name));
      }
      expect(await typeErrorsOf(user)).toEqual([]);
      const { stdout } = await sluice(dirname(user), "test", "--engine", "wasm", "policy.cases.yaml");
      expect(stdout).toContain("1 case on wasm: 1 passed, 0 failed");
    },
    120_000,
  );

  it("has a rule of ESLint that finds late edits, in policies in TypeScript, too", async () => {
    const folder = join(project.directory, "linted");
    await mkdir(folder);
    await writeFile(
      join(folder, "eslint.config.js"),
      `import parser from "@typescript-eslint/parser";
      import sluice from "sluice/eslint";
      export default [{ files: ["**/*.ts"], languageOptions: { parser } }, sluice.configs.recommended];
      `,
    );
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    const late = `import { definePolicy, type RequestState } from "sluice";
export default definePolicy({
  async onRequest(request: RequestState): Promise<void> {
    const body = await request.intoBodyState();
    request.headers.set("x-size", String(body.bytes().length));
  },
});
`;
    await writeFile(join(folder, "late.ts"), late);
    await writeFile(join(folder, "early.ts"), late.replace("intoBodyState", "intoHeadersBodyState"));
    const lint = run(join(project.directory, "node_modules/.bin/eslint"), ["--format", "json", "."], { cwd: folder });

    const { code, stdout } = await lint.then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: unknown) => error as { code: number; stdout: string },
    );
    const found = JSON.parse(stdout) as { filePath: string; messages: { ruleId: string; line: number }[] }[];
    expect({ code, found: found.map(({ filePath, messages }) => [basename(filePath), messages]) }).toEqual({
      code: 1,
      found: [
        ["early.ts", []],
        ["eslint.config.js", []],
        [
          "late.ts",
          [
            expect.objectContaining({
              ruleId: "sluice/no-late-edit",
              severity: 2,
              line: 5,
              column: 5,
              message: expect.stringMatching(
                /^request\.headers\.set\(\) after intoBodyState\(\) in line 4 always fails .*await intoHeadersBodyState\(\)/,
              ) as string,
            }),
          ],
        ],
      ],
    });
  }, 120_000);

  it("builds a policy whose project has no Sluice, where it is installed globally", async () => {
    const prefix = join(project.directory, "global");
    await project.npm("", "install", "--global", "--prefer-offline", "--prefix", prefix, project.tarball);
    const alone = await mkdtemp(join(tmpdir(), "sluice-alone-"));
    try {
      await writeFile(
        join(alone, "policy.ts"),
        `import { definePolicy } from "sluice"; import { counter } from "sluice/metrics"; import { instancePort } from "sluice/service";
        export default definePolicy({ configure: (context) => [counter(context, "a"), instancePort(context, "b()").policy] });
        `,
      );
      const { stdout } = await run(join(prefix, "bin/sluice"), ["build", "policy.ts", "-o", "policy.wasm"], {
        cwd: alone,
      });
      expect(stdout).toContain("policy.wasm: ");
    } finally {
      await rm(alone, { recursive: true });
    }
  }, 300_000);

  testNewProjects(() => project);

  /** The installed command line, in a folder. */
  function sluice(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
    return run(join(project.directory, "node_modules/.bin/sluice"), args, { cwd: folder });
  }

  /** A folder with these files, of ES modules, and its configuration, whose path it resolves with. */
  async function typeScriptProject(
    name: string,
    base: string,
    { compilerOptions, files }: { compilerOptions: object; files: Record<string, string> },
  ): Promise<string> {
    const folder = join(project.directory, name);
    const config = join(folder, "tsconfig.json");
    await mkdir(folder);
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(config, JSON.stringify({ extends: base, compilerOptions, include: ["*.ts"] }));
    for (const [file, text] of Object.entries(files)) {
      await writeFile(join(folder, file), text);
    }
    return config;
  }
});
