/** A policy's bundle as it goes into a module: without what is of this machine or for debuggers only, and with answers kept. */
import { dirname, resolve } from "node:path";
import type { PolicyBundleCode } from "./bundle.js";
import type { SourceShare } from "./bundle-output.js";
import { keepAnswers } from "./kept-answers.js";
import type { KitBundle } from "./kit-bundle.js";
import { kitNames } from "./kit-names.js";
import { disabledFile, portableName } from "./package-paths.js";

/**
 * The code for the module of the policy in `file` (absolute). Its lines are those of the bundle, so the bundle's source map
 * fits.
 *
 * The code is not minified: QuickJS keeps no source texts, so that only names count, which minifying would take from stacks
 * and from what code sees of itself (`error.constructor.name`). Keeping them costs 2 % of a module.
 */
export function moduleCode(file: string, { code, sources }: PolicyBundleCode): string {
  const kept = keepAnswers(withoutSourceMap(code), kitNames(code));
  return withoutPathComments(withPortablePaths(kept, dirname(file), sources), sources);
}

/** The same of the kit alone. */
export function kitCode({ code, sources }: KitBundle): string {
  return withoutPathComments(code, sources);
}

/** Nothing in a module reads the whole source map, which is several times the size of the code. */
function withoutSourceMap(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=[^\n]*\n?$/, "\n");
}

/** esbuild wraps a CommonJS file in a method that it names by the file's path below the root folder. */
function withPortablePaths(code: string, policyFolder: string, sources: readonly SourceShare[]): string {
  const paths = new Set(sources.map(({ path }) => path));
  return code.replace(
    /^(var \w+ = __(?:commonJS|esm)\(\{\n\s*)("(?:[^"\\\n]|\\.)*")(?=\()/gm,
    (match, start: string, text: string) => {
      const name = JSON.parse(text) as string;
      if (name.startsWith(disabledFile)) {
        return `${start}${JSON.stringify(disabledFile)}`;
      }
      const path = resolve("/", name);
      // Packages that esbuild has made have such methods of their own.
      return paths.has(path) ? `${start}${JSON.stringify(portableName(path, policyFolder))}` : match;
    },
  );
}

/** Above each file's code esbuild puts its path. Bits of the source text stay in the engine's memory, so paths must not be in it. */
function withoutPathComments(code: string, sources: readonly SourceShare[]): string {
  const paths = new Set(sources.map(({ path }) => path));
  return code.replace(/^\/\/ (?:[\w-]+:)?(.+)$/gm, (line, path: string) =>
    paths.has(resolve("/", path)) || path.startsWith(disabledFile) ? "//" : line,
  );
}
