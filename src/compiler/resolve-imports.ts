/** What the imports of a policy, and of the packages that it imports, mean where that is not what is installed. */
import type { PluginBuild } from "esbuild";
import { publicEntry, publicFile } from "./package-paths.js";

/** Files (absolute) that stand in for what other files import by these specifiers. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * Resolves `sluice` and `sluice/…` to this package, also where a package has another copy of it: policy, services and guest share one.
 * A replacement goes before everything else, but for its own file, which may so import what it stands in for.
 */
export function resolveImports(build: PluginBuild, replacements: Replacements): void {
  const replaced = Object.keys(replacements);
  if (replaced.length > 0) {
    build.onResolve({ filter: new RegExp(`^(?:${replaced.map(escaped).join("|")})$`) }, ({ path, importer }) => {
      const file = replacements[path];
      return file === importer ? undefined : { path: file as string };
    });
  }
  build.onResolve({ filter: /^sluice$/ }, () => ({ path: publicEntry, sideEffects: false }));
  build.onResolve({ filter: /^sluice\// }, ({ path }) => {
    const file = publicFile(path.slice("sluice/".length));
    // Else esbuild would look for it where the policy is, and could find another copy.
    return file === undefined
      ? { errors: [{ text: `Could not resolve "${path}"` }] }
      : { path: file, sideEffects: false };
  });
}

function escaped(specifier: string): string {
  return specifier.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
