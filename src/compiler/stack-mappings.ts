/** Makes the part of a source map that a module needs for stacks. `engine/prelude/stack-mapper.ts` reads it. */
import { fileURLToPath } from "node:url";
import { decodedMappings, type TraceMap } from "@jridgewell/trace-mapping";
import type { StackMappings } from "../abi/stack-mappings.js";
import { isKitFile, packageOf, portableName } from "./package-paths.js";

/** So few that a policy that throws in each exchange pays little to have its stacks read. */
const partsOfBlock = 32;

/**
 * @param trace The source map of a bundle: its sources are absolute `file:` URLs, others count as the kit's.
 * @param filename What stacks call the bundle.
 * @param folderOf The folder of the policy that a source, by its number in the map, belongs to.
 */
export function stackMappings(trace: TraceMap, filename: string, folderOf: (source: number) => string): StackMappings {
  const paths = trace.sources.map((source) =>
    source?.startsWith("file:") === true ? fileURLToPath(source) : undefined,
  );
  const nameOf = (path: string, source: number): string => portableName(path, folderOf(source));
  const files = distinct(paths.map((path, source) => (isOwn(path) ? nameOf(path, source) : undefined)));
  const packages = distinct(paths.map((path) => (path === undefined || isKitFile(path) ? undefined : packageOf(path))));
  const numbers = paths.map((path, source) => {
    if (path === undefined || isKitFile(path)) {
      return 0;
    }
    const name = packageOf(path);
    return 1 + (name === undefined ? files.indexOf(nameOf(path, source)) : files.length + packages.indexOf(name));
  });

  let segments = "";
  const blocks: StackMappings["blocks"] = [];
  let count = 0;
  let [lastLine, lastColumn, lastSource, lastOriginalLine, lastOriginalColumn] = [0, 0, 0, 0, 0];
  for (const [line, parts] of decodedMappings(trace).entries()) {
    for (const [column, sourceIndex, originalLine = 0, originalColumn = 0] of parts) {
      const source = sourceIndex === undefined ? 0 : (numbers[sourceIndex] ?? 0);
      const inFile = source > 0 && source <= files.length;
      if (source === lastSource && !inFile) {
        continue;
      }
      if (count % partsOfBlock === 0) {
        blocks.push([line, column, segments.length]);
        [lastLine, lastColumn, lastSource, lastOriginalLine, lastOriginalColumn] = [0, 0, 0, 0, 0];
      }
      count += 1;
      segments +=
        vlq(line - lastLine) + vlq(line === lastLine ? column - lastColumn : column) + vlq(source - lastSource);
      [lastLine, lastColumn, lastSource] = [line, column, source];
      if (inFile) {
        segments += vlq(originalLine - lastOriginalLine) + vlq(originalColumn - lastOriginalColumn);
        [lastOriginalLine, lastOriginalColumn] = [originalLine, originalColumn];
      }
    }
  }
  return { filename, files, packages, segments, blocks };
}

function isOwn(path: string | undefined): path is string {
  return path !== undefined && !isKitFile(path) && packageOf(path) === undefined;
}

function distinct(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names)].filter((name) => name !== undefined);
}

const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The sign in the lowest bit, then five bits a digit, the lowest first; bit 5 says that more follow. */
function vlq(value: number): string {
  let text = "";
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  do {
    const digit = rest % 32;
    rest = Math.floor(rest / 32);
    text += base64.charAt(rest > 0 ? digit + 32 : digit);
  } while (rest > 0);
  return text;
}
