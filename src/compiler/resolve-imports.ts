/** What the imports of a policy, and of the packages that it imports, mean where that is not what is installed. */
import type { OnResolveResult, PluginBuild } from "esbuild";
import { kitNamespace } from "./kit-stubs.js";
import { publicEntry, publicFile } from "./package-paths.js";

/** Files (absolute) that stand in for what other files import by these specifiers. */
export type Replacements = Readonly<Record<string, string>>;

/** What a module of the kit is taken from: `sluice`, or the file (absolute) of `sluice/…`. */
type KitModule = (specifier: string, file: string) => OnResolveResult;

const ownKit: KitModule = (_specifier, file) => ({ path: file, sideEffects: false });

/** For a text without the kit: what stands for that. */
export const sharedKit: KitModule = (specifier) => ({
  path: specifier,
  namespace: kitNamespace,
  sideEffects: false,
});

/**
 * Resolves `sluice` and `sluice/…` to this package, also where a package has another copy of it: policy, services and guest share one.
 * A replacement goes before everything else, but for its own file, which may so import what it stands in for.
 */
export function resolveImports(build: PluginBuild, replacements: Replacements, kitModule = ownKit): void {
  const replaced = Object.keys(replacements);
  if (replaced.length > 0) {
    build.onResolve({ filter: new RegExp(`^(?:${replaced.map(escaped).join("|")})$`) }, ({ path, importer }) => {
      const file = replacements[path];
      return file === importer ? undefined : { path: file as string };
    });
  }
  build.onResolve({ filter: /^sluice$/ }, () => kitModule("sluice", publicEntry));
  build.onResolve({ filter: /^sluice\// }, ({ path }) => {
    const file = publicFile(path.slice("sluice/".length));
    // Else esbuild would look for it where the policy is, and could find another copy.
    return file === undefined ? { errors: [{ text: `Could not resolve "${path}"` }] } : kitModule(path, file);
  });
  build.onResolve({ filter: new RegExp(`^${kitNamespace}:`) }, ({ path }) =>
    sharedKit(path.slice(kitNamespace.length + 1), ""),
  );
}

function escaped(specifier: string): string {
  return specifier.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
