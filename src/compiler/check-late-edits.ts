/**
 * Types cannot see that a head is changed, or a response replaced, after the filter has moved on to the body. The policy's own files are
 * read for it, each by itself, as they are written but for types: in a bundle, filters are no longer async functions.
 */
import { extname } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { parse, type SourceLocation } from "acorn";
import * as esbuild from "esbuild";
import { analyze } from "eslint-scope";
import { SluiceError } from "../errors.js";
import { lateEditText } from "../late-edits/advice.js";
import { findLateEdits, mayMoveOn } from "../late-edits/find-late-edits.js";
import type { Syntax } from "../late-edits/syntax.js";
import { shownPath, sourceFrame } from "../source-frame.js";
import { packageOf } from "./package-paths.js";
import { writtenFiles } from "./written-files.js";

const loaders: Readonly<Record<string, esbuild.Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
};

/**
 * Looks in the policy's own files for what fails wherever it is reached, because the message has moved on.
 *
 * @param map The source map (JSON) of the policy's bundle, with the sources in it.
 * @throws SluiceError `LATE_EDIT` with the places and what to do
 */
export async function refuseLateEdits(map: string): Promise<void> {
  const files = writtenFiles(map).filter(({ path, text }) => packageOf(path) === undefined && mayMoveOn.test(text));
  const late = (await Promise.all(files.map(({ path, text }) => lateEditsIn(path, text)))).flat();
  if (late.length > 0) {
    throw new SluiceError("LATE_EDIT", late.join("\n\n"));
  }
}

/** For each its place, what to do, and the source around it. */
export async function lateEditsIn(path: string, text: string): Promise<string[]> {
  const { code, map } = await esbuild.transform(text, {
    loader: loaders[extname(path)] ?? "js",
    target: "es2022",
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "silent",
  });
  const program = parse(code, { ecmaVersion: "latest", sourceType: "module", ranges: true, locations: true });
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: "module",
    ignoreEval: true,
  });
  const trace = new TraceMap(map);
  return findLateEdits(program, scopes as unknown as Parameters<typeof findLateEdits>[1]).map((edit) => {
    const { line, column, length } = placeOf(edit.node, trace);
    const said = lateEditText(edit, placeOf(edit.consumedAt, trace).line);
    return `${shownPath(path)}:${String(line)}:${String(column)}: ${said}.\n${sourceFrame(text, line, column, length)}`;
  });
}

/** Lines and columns count from 1. */
function placeOf({ loc }: Syntax, trace: TraceMap): { line: number; column: number; length: number } {
  const { start, end } = loc as SourceLocation;
  const { line, column } = originalPositionFor(trace, start);
  return {
    line: line ?? 1,
    column: (column ?? 0) + 1,
    length: start.line === end.line ? end.column - start.column : 1,
  };
}
