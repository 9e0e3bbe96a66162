/** What esbuild gives back. */
import { isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type * as esbuild from "esbuild";
import { SluiceError } from "../errors.js";
import { type policyOptions, workingDirectory } from "./bundle-options.js";
import type { Origin } from "./bundle-syntax.js";
import { entryNamespace } from "./kit-names.js";
import { kitNamespace } from "./kit-stubs.js";
import { disabledFile, isKitFile, packageOf } from "./package-paths.js";

export type BuildResult = esbuild.BuildResult<ReturnType<typeof policyOptions>>;

export interface SourceShare {
  /** Absolute. */
  path: string;
  bytes: number;
}

/** Modules of ECMAScript are strict code, which esbuild does not say where it writes none. Others may need what strict code forbids. */
export function directive({ metafile }: BuildResult): string {
  return Object.values(metafile.inputs).some(({ format }) => format === "cjs") ? "" : '"use strict";';
}

export function sourceShares({ metafile }: BuildResult): SourceShare[] {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .filter(([path]) => isFile(path))
    .map(([path, { bytesInOutput }]) => ({ path: absolute(path), bytes: bytesInOutput }))
    .filter(({ bytes }) => bytes > 0);
}

/** The code, and its source map as esbuild writes it. */
export function outputOf({ outputFiles }: BuildResult): { code: string; map: string } {
  const map = outputFiles.find(({ path }) => path.endsWith(".map"));
  const code = outputFiles.find(({ path }) => path.endsWith(".js"));
  if (map === undefined || code === undefined) {
    throw new SluiceError("INTERNAL", "The compiler got no code from esbuild.");
  }
  return { code: code.text, map: map.text };
}

/** esbuild writes sources relative to the output; debuggers and stacks need to find the files themselves. */
export function absoluteSources(map: string): string {
  const parsed = JSON.parse(map) as { sources: string[] };
  parsed.sources = parsed.sources.map((source) =>
    isNoFile.test(source) ? source : pathToFileURL(absolute(source)).href,
  );
  return JSON.stringify(parsed);
}

/** Whose an input is. What is no file counts as the kit's. */
export function originOf(input: string): Origin {
  if (!isFile(input) || isKitFile(absolute(input))) {
    return "kit";
  }
  return packageOf(absolute(input)) === undefined ? "own" : "package";
}

/** Whether esbuild has read an input from the disk. */
export function isFile(input: string): boolean {
  return !isNoFile.test(input) && !input.startsWith(disabledFile);
}

const isNoFile = new RegExp(`^(?:${entryNamespace}|${kitNamespace}):`);

export function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(workingDirectory, path);
}
