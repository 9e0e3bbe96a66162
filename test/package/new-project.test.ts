/** Projects that `sluice new` of the packed package makes: their tests, types and modules are in order at once. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { access, appendFile, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectPackages } from "../../src/cli/project-manifest.js";
import { templates } from "../../src/cli/templates.js";
import { installPackedPackage, type PackedProject } from "./packed-package.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

describe.each(Object.keys(templates))("a new project of the template %s", (template) => {
  it("passes its tests, has the right types, and builds", async () => {
    const folder = await create(`my-${template}`, template);

    const npm = (...args: string[]) => parent.npm(`my-${template}`, ...args);
    const [{ stdout }] = await Promise.all([npm("test"), npm("run", "check"), npm("run", "build")]);
    expect(stdout).toMatch(/Tests +\d+ passed \(\d+\)/);
    await access(join(folder, `dist/my-${template}.wasm`));
  }, 120_000);
});

describe("a new project", () => {
  it("installs the very package that made it", async () => {
    const folder = await create("my-version", "request");
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8"))).toMatchObject({
      devDependencies: { sluice: `file:../${basename(parent.tarball)}` },
    });
    expect(await readdir(folder)).not.toContain(".npmrc");

    await parent.npm("my-version", "install");
    const { stdout } = await parent.npm("my-version", "test");
    expect(stdout).toMatch(/Tests +\d+ passed \(\d+\)[^]*\n\d+ cases on native: \d+ passed, 0 failed\n/);
    expect(await readdir(join(folder, "node_modules"))).toContain("sluice");
  }, 120_000);
});

describe("the types of a new project", () => {
  it("are those of policies in the policy, and those of Node in its tests", async () => {
    const folder = await create("my-types", "request");
    await appendFile(join(folder, "policy.ts"), "export const gone = new Response(410).withBody(typeof process);\n");
    await appendFile(join(folder, "policy.test.ts"), "export const shown = new Response(process.version).text();\n");
    const check = parent.npm("my-types", "run", "check");

    await expect(check).rejects.toMatchObject({
      stdout: expect.stringMatching(/^policy\.ts\(\d+,\d+\): error TS2591: Cannot find name 'process'[^\n]*\n$/m),
    });
  }, 120_000);
});

/** One installation for all projects: npm and Node look for packages in the folders above, too. */
let parent: PackedProject;

beforeAll(async () => {
  parent = await installPackedPackage(
    root,
    projectPackages.filter((name) => name !== "sluice"),
  );
}, 120_000);
afterAll(() => parent.remove());

async function create(name: string, template: string): Promise<string> {
  await run(join(parent.directory, "node_modules/.bin/sluice"), ["new", name, "--template", template], {
    cwd: parent.directory,
  });
  return join(parent.directory, name);
}
