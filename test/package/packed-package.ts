/** Packs this package and installs the tarball in a temporary project, without a registry. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A temporary project in which the packed package is installed. */
export interface PackedProject {
  directory: string;
  /** The unpacked package: `node_modules/sluice` of the project. */
  packageDirectory: string;
  /** Paths of the packed files, below the package's directory. */
  files: string[];
  remove(): Promise<void>;
}

/** Packs the package in `root` as `npm publish` would, from the `dist/` that is there. */
export async function installPackedPackage(root: string): Promise<PackedProject> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], { cwd: root });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const modules = join(directory, "node_modules");
  const packageDirectory = join(modules, "sluice");
  await mkdir(packageDirectory, { recursive: true });
  await run("tar", ["-xzf", join(directory, packed.filename), "-C", packageDirectory, "--strip-components=1"]);
  await linkDependencies(root, modules);
  await linkBin(packageDirectory, modules);
  return {
    directory,
    packageDirectory,
    files: packed.files.map(({ path }) => path),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The declared dependencies only, from this checkout: what the package does not declare it cannot import. */
async function linkDependencies(root: string, modules: string): Promise<void> {
  const { dependencies } = await readManifest(root);
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
}

/** As npm does on Unix: a link to the file, which must be executable. */
async function linkBin(packageDirectory: string, modules: string): Promise<void> {
  const { bin } = await readManifest(packageDirectory);
  await mkdir(join(modules, ".bin"));
  for (const [name, path] of Object.entries(bin)) {
    await symlink(join(packageDirectory, path), join(modules, ".bin", name));
  }
}

interface Manifest {
  bin: Record<string, string>;
  dependencies: Record<string, string>;
}

async function readManifest(directory: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(directory, "package.json"), "utf8")) as Manifest;
}
