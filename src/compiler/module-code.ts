/** A policy's bundle as it goes into a module: without what is of this machine or for debuggers only, and with answers kept. */
import { dirname, resolve } from "node:path";
import type { PolicyBundleCode, SourceShare } from "./bundle.js";
import { keepAnswers } from "./kept-answers.js";
import { portableName } from "./package-paths.js";
import { stackMappings } from "./stack-mappings.js";

/** What stacks inside a module call the bundle. */
export const moduleFilename = "policy.js";

export interface ModuleCode {
  code: string;
  /** How much of it is the table for stacks. */
  mappingsBytes: number;
}

/**
 * The code for the module of the policy in `file` (absolute). Its lines are those of the bundle, so the bundle's source map
 * fits. It sets `module.stackMappings`, with which the prelude maps stacks.
 *
 * The code is not minified: QuickJS keeps no source texts, so that only names count, which minifying would take from stacks
 * and from what code sees of itself (`error.constructor.name`). Keeping them costs 2 % of a module.
 */
export function moduleCode(file: string, { code, map, sources }: PolicyBundleCode): ModuleCode {
  const policyFolder = dirname(file);
  const mappings = JSON.stringify(stackMappings(map, moduleFilename, policyFolder));
  return {
    code: `${keepAnswers(withoutPathComments(withPortablePaths(withoutSourceMap(code), policyFolder), sources))}module.stackMappings = ${mappings};\n`,
    mappingsBytes: Buffer.byteLength(mappings),
  };
}

/** Nothing in a module reads the whole source map, which is several times the size of the code. */
function withoutSourceMap(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=[^\n]*\n?$/, "\n");
}

/** esbuild wraps a CommonJS file in a method that it names by the file's path below the root folder. */
function withPortablePaths(code: string, policyFolder: string): string {
  return code.replace(
    /^(var \w+ = __(?:commonJS|esm)\(\{\n\s*)("(?:[^"\\\n]|\\.)*")(?=\()/gm,
    (_match, start: string, path: string) => {
      const name = portableName(resolve("/", JSON.parse(path) as string), policyFolder);
      return `${start}${JSON.stringify(name)}`;
    },
  );
}

/** Above each file's code esbuild puts its path. Bits of the source text stay in the engine's memory, so paths must not be in it. */
function withoutPathComments(code: string, sources: readonly SourceShare[]): string {
  const paths = new Set(sources.map(({ path }) => path));
  return code.replace(/^\/\/ (?:[\w-]+:)?(.+)$/gm, (line, path: string) =>
    paths.has(resolve("/", path)) ? "//" : line,
  );
}
