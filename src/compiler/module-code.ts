/** A policy's bundle as it goes into a module: without what is of this machine or for debuggers only, and with answers kept. */
import { dirname, resolve } from "node:path";
import type { TraceMap } from "@jridgewell/trace-mapping";
import type { PolicyBundleCode } from "./bundle.js";
import type { SourceShare } from "./bundle-output.js";
import { editedMap } from "./edited-map.js";
import { applyEdits, type Edit } from "./edits.js";
import { answerEdits } from "./kept-answers.js";
import type { KitBundle } from "./kit-bundle.js";
import { disabledFile, portableName } from "./package-paths.js";

/** A text with its source map. */
export interface MappedCode {
  readonly code: string;
  readonly map: TraceMap;
}

/**
 * The code for the module of the policy in `file` (absolute). Its lines are those of the bundle.
 *
 * The code is not minified: QuickJS keeps no source texts, so that only names count, which minifying would take from stacks
 * and from what code sees of itself (`error.constructor.name`). Keeping them costs 2 % of a module.
 */
export function moduleCode(file: string, { output, sources }: PolicyBundleCode): MappedCode {
  const { text } = output.syntax;
  return edited(text, output.map, [
    ...output.edits,
    ...answerEdits(text, output.definitions, output.names),
    ...portablePaths(text, dirname(file), sources),
    ...pathComments(text, sources),
  ]);
}

/** The same of the kit alone. */
export function kitCode({ text, map, edits, sources }: KitBundle): MappedCode {
  return edited(text, map, [...edits, ...pathComments(text, sources)]);
}

function edited(text: string, map: string, edits: readonly Edit[]): MappedCode {
  return { code: applyEdits(text, edits), map: editedMap(map, text, edits) };
}

/** esbuild wraps a CommonJS file in a method that it names by the file's path below the root folder. */
function portablePaths(code: string, policyFolder: string, sources: readonly SourceShare[]): Edit[] {
  const paths = new Set(sources.map(({ path }) => path));
  const methods = code.matchAll(/^(var \w+ = __(?:commonJS|esm)\(\{\n\s*)("(?:[^"\\\n]|\\.)*")(?=\()/gm);
  return [...methods].flatMap(({ 0: match, 1: before = "", 2: text = "", index }) => {
    const name = JSON.parse(text) as string;
    const path = resolve("/", name);
    const portable = name.startsWith(disabledFile)
      ? disabledFile
      : // Packages that esbuild has made have such methods of their own.
        paths.has(path)
        ? portableName(path, policyFolder)
        : undefined;
    const start = index + before.length;
    return portable === undefined ? [] : [{ start, end: index + match.length, text: JSON.stringify(portable) }];
  });
}

/** Above each file's code esbuild puts its path. Bits of the source text stay in the engine's memory, so paths must not be in it. */
function pathComments(code: string, sources: readonly SourceShare[]): Edit[] {
  const paths = new Set(sources.map(({ path }) => path));
  const comments = code.matchAll(/^\/\/ (?:[\w-]+:)?(.+)$/gm);
  return [...comments].flatMap(({ 0: line, 1: path = "", index }) =>
    paths.has(resolve("/", path)) || path.startsWith(disabledFile)
      ? [{ start: index, end: index + line.length, text: "//" }]
      : [],
  );
}
