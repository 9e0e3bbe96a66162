/** Rewrites the positions in QuickJS's stacks from the bundle to the policy's own files. */
import type { StackMappings } from "../../abi/stack-mappings.js";
import { longestFrame } from "../../thrown.js";

interface Part {
  source: number;
  /** The line of the bundle in which it begins. */
  line: number;
  originalLine: number;
  originalColumn: number;
}

/**
 * `    at name (policy.js:3:14)` becomes `    at name (policy.ts:2:5)`; frames of the kit and of QuickJS are left out, those
 * of installed packages name the package. Other lines stay. The time is that of whoever's error it is, so it does not grow with the policy.
 */
export function createStackMapper(mappings: StackMappings): (stack: string) => string {
  const { filename, files, packages } = mappings;
  const sourceAt = (line: number, column: number): string | undefined => {
    const part = partAt(mappings, line, column);
    if (part === undefined || part.source === 0) {
      return undefined;
    }
    const file = files[part.source - 1];
    if (file === undefined) {
      return packages[part.source - 1 - files.length];
    }
    return part.line === line ? `${file}:${part.originalLine + 1}:${part.originalColumn + 1}` : undefined;
  };
  return (text) =>
    text
      .split("\n")
      .flatMap((line) => {
        if (line.length > longestFrame) {
          return [line];
        }
        const [, start, position = ""] = /^(\s+at .*?\(?)([^\s()]+:\d+:\d+|native)\)?$/.exec(line) ?? [];
        if (start === undefined) {
          return [line];
        }
        const [, name, lineNumber, column] = /^(.*):(\d+):(\d+)$/.exec(position) ?? [];
        const source = name === filename ? sourceAt(Number(lineNumber) - 1, Number(column) - 1) : undefined;
        return source === undefined ? [] : [`${start}${source}${start.endsWith("(") ? ")" : ""}`];
      })
      .join("\n");
}

/** The part of the bundle that this position is in. */
function partAt({ segments, blocks, files }: StackMappings, line: number, column: number): Part | undefined {
  const isBehind = (otherLine: number, otherColumn: number): boolean =>
    otherLine > line || (otherLine === line && otherColumn > column);
  let block = 0;
  for (let end = blocks.length; block < end; ) {
    const middle = (block + end) >> 1;
    const [firstLine, firstColumn] = blocks[middle] as StackMappings["blocks"][number];
    if (isBehind(firstLine, firstColumn)) {
      end = middle;
    } else {
      block = middle + 1;
    }
  }
  if (block === 0) {
    return undefined;
  }
  let at = blocks[block - 1]?.[2] ?? 0;
  const end = blocks[block]?.[2] ?? segments.length;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 32) {
      const digit = digits.indexOf(segments.charAt(at++));
      value += (digit & 31) * factor;
      if (digit < 32) {
        return (value & 1) === 0 ? value >> 1 : -(value >> 1);
      }
    }
  };
  const found: Part = { source: 0, line: 0, originalLine: 0, originalColumn: 0 };
  for (let lastColumn = 0; at < end; ) {
    const lines = next();
    lastColumn = (lines === 0 ? lastColumn : 0) + next();
    if (isBehind(found.line + lines, lastColumn)) {
      break;
    }
    found.line += lines;
    found.source += next();
    if (found.source > 0 && found.source <= files.length) {
      found.originalLine += next();
      found.originalColumn += next();
    }
  }
  return found;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
