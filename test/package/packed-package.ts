/** Packs this package and installs the tarball in a temporary project, as users do. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startLocalRegistry } from "./local-registry.js";

const run = promisify(execFile);

/** A temporary project in which the packed package is installed. */
export interface PackedProject {
  directory: string;
  /** The unpacked package: `node_modules/sluice` of the project. */
  packageDirectory: string;
  /** The tarball, in the project. */
  tarball: string;
  /** Paths of the packed files, below the package's directory. */
  files: string[];
  /** For commands that are run there: of npm's settings, the registry that has what this checkout has. */
  environment: NodeJS.ProcessEnv;
  /** Runs npm there, or in a folder below, so that it has that registry. Resolves with what it printed. */
  npm(folder: string, ...args: string[]): Promise<{ stdout: string; stderr: string }>;
  remove(): Promise<void>;
}

/**
 * Packs the package in `root` as `npm publish` would, from the `dist/` that is there.
 *
 * @param others Packages that are installed with it.
 */
export async function installPackedPackage(root: string, others: readonly string[] = []): Promise<PackedProject> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-package-"));
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], {
    cwd: root,
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  const registry = await startLocalRegistry(root);
  // The runner that runs this says so to its children, which would take themselves for a part of it.
  const { VITEST: _vitest, NODE_ENV: _nodeEnv, ...env } = process.env;
  const environment = {
    ...env,
    npm_config_registry: registry.url,
    npm_config_cache: join(directory, ".npm"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    NO_COLOR: "1",
  };
  const npm: PackedProject["npm"] = (folder, ...args) =>
    run("npm", ["--silent", ...args], { cwd: join(directory, folder), env: environment });
  const project: PackedProject = {
    directory,
    environment,
    npm,
    packageDirectory: join(directory, "node_modules/sluice"),
    tarball: join(directory, filename),
    files: files.map(({ path }) => path),
    async remove() {
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await npm("", "install", project.tarball, ...others);
    return project;
  } catch (error) {
    await project.remove();
    throw error;
  }
}
