/** The package as users get it. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
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
    await expect(attempt).rejects.toThrow("ERR_PACKAGE_PATH_NOT_EXPORTED");
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

  it("says so where its engine is not there", async () => {
    const linked = join(project.packageDirectory, "dist/engine/linked");
    await rename(linked, `${linked}.away`);
    const build = run(join(project.directory, "node_modules/.bin/sluice"), ["build", "policy.ts"], {
      cwd: project.directory,
    });
    await expect(build.finally(() => rename(`${linked}.away`, linked))).rejects.toThrow("ENGINE_MISSING");
  });

  it("runs for a policy whose project has no Sluice, where it is installed globally", async () => {
    await project.npm("", "install", "--global", "--prefix", join(project.directory, "global"), project.tarball);
    const alone = join(project.directory, "..", `${basename(project.directory)}-alone`);
    await mkdir(alone);
    try {
      await writeFile(
        join(alone, "policy.ts"),
        `import { definePolicy } from "sluice"; import { counter } from "sluice/metrics"; import { instancePort } from "sluice/service";
        export default definePolicy({ configure: (context) => [counter(context, "a"), instancePort(context, "b()").policy] });
        `,
      );
      const { stdout } = await run(join(project.directory, "global/bin/sluice"), ["build", "policy.ts"], {
        cwd: alone,
      });
      expect(stdout).toContain("policy.wasm: ");
    } finally {
      await rm(alone, { recursive: true });
    }
  });

  it.each([
    ["bundler", "preserve"],
    ["nodenext", "nodenext"],
  ])("has the types of its services where modules are resolved as %s", async (moduleResolution, module) => {
    const folder = join(project.directory, `types-${moduleResolution}`);
    await mkdir(folder);
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: "sluice/tsconfig.policy.json",
        compilerOptions: { moduleResolution, module },
        include: ["*.ts"],
      }),
    );
    await writeFile(join(folder, "package.json"), '{ "type": "module" }');
    await writeFile(
      join(folder, "policy.ts"),
      `import { definePolicy } from "sluice";
      import { counter } from "sluice/metrics";
      import { instancePort } from "sluice/service";
      import { type Upstream, upstream } from "sluice/upstream";
      export default definePolicy({
        configure(context): [Upstream, string] {
          counter(context, "requests").increment();
          return [upstream(context, "auth"), instancePort(context, "b()").policy];
        },
      });
      export const wrong: number = counter;
      import "sluice/foo";
      import { other } from "sluice/bar";
      export const used: string = other;
      `,
    );
    expect(diagnosticsOf(join(folder, "tsconfig.json"))).toEqual([
      expect.stringContaining("is not assignable to type 'number'"),
      expect.stringContaining("Cannot find module 'sluice/foo'"),
      expect.stringContaining("Cannot find module 'sluice/bar'"),
    ]);
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
