/** Projects that `sluice new` of the packed package makes: their tests, types and modules are in order at once. Needs `npm run build`. */
import { execFile } from "node:child_process";
import { access, appendFile, mkdir, readdir, readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
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

    const [{ stdout }] = await Promise.all([npm(folder, "test"), npm(folder, "run", "check"), npm(folder, "run", "build")]);
    expect(stdout).toMatch(/Tests +\d+ passed \(\d+\)/);
    await access(join(folder, `dist/my-${template}.wasm`));
  }, 120_000);
});

describe("a new project", () => {
  it("depends on the very version of Sluice that made it", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    const folder = await create("my-version", "request");
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8"))).toMatchObject({ devDependencies: { sluice: version } });
    expect(await readdir(folder)).not.toContain(".npmrc");
  });
});

describe("the types of a new project", () => {
  it("are those of policies in the policy, and those of Node in its tests", async () => {
    const folder = await create("my-types", "request");
    await appendFile(join(folder, "policy.ts"), "export const gone = new Response(410).withBody(typeof process);\n");
    await appendFile(join(folder, "policy.test.ts"), "export const shown = new Response(process.version).text();\n");
    const check = npm(folder, "run", "check");

    await expect(check).rejects.toMatchObject({ stdout: expect.stringMatching(/^policy\.ts\(\d+,\d+\): error TS2591: Cannot find name 'process'[^\n]*\n$/m) });
  }, 120_000);
});

/** One installation for all projects: npm and Node look for packages in the folders above, too. */
let parent: PackedProject;

beforeAll(async () => {
  parent = await installPackedPackage(root);
  const modules = join(parent.directory, "node_modules");
  for (const name of projectPackages.filter((name) => name !== "sluice" && name !== "valibot")) await link(name, modules);
  await symlink(join(root, "node_modules/vitest/vitest.mjs"), join(modules, ".bin/vitest"));
  await symlink(join(root, "node_modules/typescript/bin/tsc"), join(modules, ".bin/tsc"));
});
afterAll(() => parent.remove());

async function link(name: string, modules: string): Promise<void> {
  await mkdir(dirname(join(modules, name)), { recursive: true });
  await symlink(join(root, "node_modules", name), join(modules, name));
}

async function create(name: string, template: string): Promise<string> {
  await run(join(parent.directory, "node_modules/.bin/sluice"), ["new", name, "--template", template], { cwd: parent.directory });
  return join(parent.directory, name);
}

function npm(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> {
  // The runner that runs this says so to its children, which would take themselves for a part of it.
  const { VITEST: _vitest, NODE_ENV: _nodeEnv, ...env } = process.env;
  return run("npm", ["--silent", ...args], { cwd: folder, env: { ...env, NO_COLOR: "1" } });
}
