/** Projects that `sluice new` of the packed package makes: their tests, types and modules are in order at once. */
import { execFile } from "node:child_process";
import { access, appendFile, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { templates } from "../../src/cli/templates.js";
import type { PackedProject } from "./packed-package.js";

const run = promisify(execFile);

/**
 * The tests of such projects.
 *
 * @param installed One installation for all of them, with the packages of a new project: npm and Node look for packages in the folders
 *   above, too.
 */
export function testNewProjects(installed: () => PackedProject): void {
  describe("a new project", () => {
    it("installs the very package that made it, passes its tests, has the right types, and builds", async () => {
      const folder = await create("my-version", "request");
      expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8"))).toMatchObject({
        devDependencies: { sluice: `file:../${basename(installed().tarball)}` },
      });
      expect(await readdir(folder)).not.toContain(".npmrc");

      const npm = (...args: string[]) => installed().npm("my-version", ...args);
      await npm("install");
      expect(await readdir(join(folder, "node_modules"))).toContain("sluice");
      const [{ stdout }] = await Promise.all([npm("test"), npm("run", "check"), npm("run", "build")]);
      expect(stdout).toMatch(/Tests +\d+ passed \(\d+\)[^]*\n\d+ cases on native: \d+ passed, 0 failed\n/);
      await access(join(folder, "dist/my-version.wasm"));
    }, 120_000);
  });

  describe("new projects of all templates", () => {
    it("pass their tests, have the right types, and build", async () => {
      const names = Object.keys(templates).map((template) => `my-${template}`);
      for (const template of Object.keys(templates)) {
        await create(`my-${template}`, template);
      }

      const { stdout } = await tool("sluice", "test", ...names);
      expect(stdout).toMatch(new RegExp(`Test Files +${names.length} passed \\(${names.length}\\)`));
      expect(stdout).toMatch(/\n\d+ cases on native: \d+ passed, 0 failed\n/);
      await tool("tsc", "-b", ...names);
      await tool("sluice", "build", ...names.map((name) => `${name}/policy.ts`), "-o", "all.wasm");
      await access(join(installed().directory, "all.wasm"));
    }, 120_000);
  });

  describe("the types of a new project", () => {
    it("are those of policies in the policy, and those of Node in its tests", async () => {
      const folder = await create("my-types", "request");
      await appendFile(join(folder, "policy.ts"), "export const gone = new Response(410).withBody(typeof process);\n");
      await appendFile(join(folder, "policy.test.ts"), "export const shown = new Response(process.version).text();\n");
      const check = tool("tsc", "-b", "my-types");

      await expect(check).rejects.toMatchObject({
        stdout: expect.stringMatching(
          /^my-types\/policy\.ts\(\d+,\d+\): error TS2591: Cannot find name 'process'[^\n]*\n$/m,
        ),
      });
    }, 120_000);
  });

  async function create(name: string, template: string): Promise<string> {
    await tool("sluice", "new", name, "--template", template);
    return join(installed().directory, name);
  }

  /** A command of an installed package, where all projects are. */
  function tool(name: string, ...args: string[]): Promise<{ stdout: string }> {
    const { directory, environment } = installed();
    return run(join(directory, "node_modules/.bin", name), args, {
      cwd: directory,
      // One test file after the other: they have the time limits of any project, and this machine other things to do.
      env: { ...environment, VITEST_MAX_WORKERS: "1" },
    });
  }
}
