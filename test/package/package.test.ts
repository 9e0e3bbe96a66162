/** The package as users get it. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webAssembly } from "../../src/web-assembly.js";
import { installPackedPackage, type PackedProject } from "./packed-package.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

describe("the packed package", () => {
  let project: PackedProject;

  beforeAll(async () => {
    if (!existsSync(join(root, "dist/index.js"))) {
      throw new Error("There is no dist/: run `npm run build` first.");
    }
    project = await installPackedPackage(root);
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

  it("builds a module from each ready policy, and shows what it takes", async () => {
    const sluice = (...args: string[]) =>
      run(join(project.directory, "node_modules/.bin/sluice"), args, { cwd: project.directory });
    const schemas = project.files.filter((path) => path.startsWith("schemas/policies/"));
    expect(schemas).toContain("schemas/policies/require-header.schema.json");
    for (const schema of schemas) {
      const name = basename(schema, ".schema.json");
      const { stdout } = await sluice("build", `sluice/policies/${name}`);
      expect(stdout).toContain(`dist/${name}.wasm: `);
      expect((await sluice("policies", "show", name)).stdout).toContain(
        `node_modules/sluice/policies/${name}/README.md`,
      );
    }
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
    await expect(build.finally(() => rename(`${linked}.away`, linked))).rejects.toThrow("ENGINE_MISSING");
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
    expect(diagnosticsOf(join(policyProject, "tsconfig.json"))).toEqual([
      expect.stringContaining("Cannot find name 'process'"),
      expect.stringContaining("Cannot find name 'document'"),
    ]);
  });
});

/** The errors of a TypeScript project. */
function diagnosticsOf(configFile: string): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    configFile,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"));
      },
    },
  );
  if (config === undefined) {
    throw new Error(`${configFile} cannot be read.`);
  }
  const program = ts.createProgram(config.fileNames, config.options);
  return [...config.errors, ...ts.getPreEmitDiagnostics(program)].map(({ messageText }) =>
    ts.flattenDiagnosticMessageText(messageText, "\n"),
  );
}
