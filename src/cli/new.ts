/** `sluice new my-policy` */
import { statSync } from "node:fs";
import { cp, readdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { SluiceError } from "../errors.js";
import { makeFolder } from "../make-folder.js";
import { shownPath } from "../source-frame.js";
import { type KitPackage, type KitSource, kitPackage } from "./kit-package.js";
import { projectManifest, projectPackages } from "./project-manifest.js";
import { requestLineOf, type TemplateName, templates } from "./templates.js";

/** As they stand on the command line. */
export interface NewArguments {
  template: TemplateName;
}

/** What the templates call themselves, and what their README sends. */
const placeholder = { name: "my-policy", request: "curl -i http://127.0.0.1:8080/" };

/** Of an installed package test runners take the code as it is; they compile what is a link, which takes seconds at each start. */
const folderSettings =
  "; Sluice comes from a checkout: install a copy of it, as from npm. After a change there, install it again.\ninstall-links=true\n";

/**
 * Makes the folder of a new project, and tells what to do in it. Nothing that is there is overwritten.
 *
 * @throws SluiceError `USAGE` for a name that a package cannot have, `FOLDER_NOT_EMPTY`, `OUTPUT_FAILED`
 */
export async function newProject(folder: string, { template }: NewArguments): Promise<void> {
  const path = resolve(folder);
  const name = basename(path);
  assertPackageName(name);
  await assertEmpty(path);
  const kit = await kitPackage();
  try {
    await writeProject(path, name, template, kit);
  } catch (error) {
    throw new SluiceError(
      "OUTPUT_FAILED",
      `${shown(path)}: the project could not be written: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const change = path === process.cwd() ? "" : `cd ${shown(path)} && `;
  console.log(`${shown(path)}: a policy that ${templates[template].about}. Next:

  ${change}npm install
  npm test        # its tests, in this process
  npm run dev     # a gateway with it on http://127.0.0.1:8080; then:
  ${requestLineOf(template)}`);
}

function shown(path: string): string {
  return shownPath(path) || "this folder";
}

/** Names as npm takes them, without a scope: https://docs.npmjs.com/cli/configuring-npm/package-json#name */
function assertPackageName(name: string): void {
  const problem =
    !/^[a-z0-9][a-z0-9._-]*$/.test(name) || name.length > 214
      ? 'expected lower-case letters, digits, "-", "_" and ".", at most 214, a letter or digit first'
      : name === "node_modules" || projectPackages.includes(name)
        ? "it is the name of something that the project uses"
        : undefined;
  if (problem !== undefined) {
    throw new SluiceError("USAGE", `${JSON.stringify(name)} cannot be the name of a project: ${problem}.`);
  }
}

async function assertEmpty(path: string): Promise<void> {
  let found: string[];
  try {
    found = await readdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return;
    }
    if (code !== "ENOTDIR") {
      throw error;
    }
    throw new SluiceError(
      "FOLDER_NOT_EMPTY",
      `${shown(path)}: expected a folder that is empty, or none; there is a file.`,
      { cause: error },
    );
  }
  if (found.length === 0) {
    return;
  }
  throw new SluiceError(
    "FOLDER_NOT_EMPTY",
    `${shown(path)}: expected a folder that is empty, or none; there is ${found.slice(0, 3).join(", ")}.`,
  );
}

async function writeProject(path: string, name: string, template: TemplateName, kit: KitPackage): Promise<void> {
  await makeFolder(path);
  for (const part of ["common", template]) {
    const files = join(kit.folder, "templates", part);
    // One by one: from Node 24 on `cp` takes the folder itself for something that would be overwritten.
    for (const name of await readdir(files)) {
      await cp(join(files, name), join(path, name), { recursive: true, errorOnExist: true, force: false });
    }
  }
  // npm leaves out of a package what a .gitignore in it names, and the file itself.
  await rename(join(path, "gitignore"), join(path, ".gitignore"));
  const readme = join(path, "README.md");
  const text = (await readFile(readme, "utf8"))
    .replaceAll(placeholder.name, name)
    .replace(placeholder.request, () => requestLineOf(template));
  await writeFile(readme, text);
  await writeFile(join(path, "package.json"), projectManifest(name, template, await realpath(path), kit), {
    flag: "wx",
  });
  if (isFolder(kit.source)) {
    await writeFile(join(path, ".npmrc"), folderSettings, { flag: "wx" });
  }
}

function isFolder(source: KitSource): boolean {
  return "path" in source && statSync(source.path, { throwIfNoEntry: false })?.isDirectory() === true;
}
