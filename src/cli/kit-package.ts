/** Sluice's own package, and how a project comes to the same one. */
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export interface KitPackage {
  /** Absolute. */
  folder: string;
  /** Everything that it names, with exact versions. */
  versions: Readonly<Record<string, string>>;
  source: KitSource;
}

/** Where npm takes the very same package from. */
export type KitSource =
  /** A version that the registry has, or a URL. */
  | { spec: string }
  /** A tarball, or the folder of a checkout: an absolute path. */
  | { path: string };

interface Manifest {
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

/** @param folder Absolute. Default: that of the package whose code this is. */
export async function kitPackage(
  folder: string = resolve(fileURLToPath(new URL("../..", import.meta.url))),
): Promise<KitPackage> {
  const { version, dependencies, devDependencies } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  ) as Manifest;
  const installed = dirname(folder).split(sep).includes("node_modules");
  const source = installed ? await installedFrom(folder, version) : { path: folder };
  return { folder, versions: { ...devDependencies, ...dependencies }, source };
}

/** As a project in `folder` (absolute) names it in its package.json. */
export function dependencyOn(source: KitSource, folder: string): string {
  return "spec" in source ? source.spec : `file:${relative(folder, source.path).split(sep).join("/")}`;
}

/**
 * What npm noted when it installed the package in `folder`: `node_modules/.package-lock.json` has the URL of a tarball, or `file:` and
 * a path from the folder above. It is not there after `npm install --global`, nor with other package managers.
 * https://docs.npmjs.com/cli/configuring-npm/package-lock-json#hidden-lockfiles
 */
async function installedFrom(folder: string, version: string): Promise<KitSource> {
  const modules = dirname(folder);
  const resolved = resolvedIn(
    await readFile(join(modules, ".package-lock.json"), "utf8").catch(() => "{}"),
    basename(folder),
  );
  if (resolved === undefined || resolved.endsWith(`/-/sluice-${version}.tgz`)) {
    return { spec: version };
  }
  return resolved.startsWith("file:")
    ? { path: resolve(dirname(modules), resolved.slice("file:".length)) }
    : { spec: resolved };
}

function resolvedIn(lock: string, name: string): string | undefined {
  const { packages = {} } = JSON.parse(lock) as { packages?: Record<string, { resolved?: string }> };
  return packages[`node_modules/${name}`]?.resolved;
}
