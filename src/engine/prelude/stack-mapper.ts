/** Rewrites the positions in QuickJS's stacks from the bundle to the policy's own files. */
import type { StackMappings } from "../../abi/stack-mappings.js";
import { longestFrame } from "../../thrown.js";

interface Part {
  line: number;
  column: number;
  source: number;
  originalLine: number;
  originalColumn: number;
}

/**
 * `    at name (policy.js:3:14)` becomes `    at name (policy.ts:2:5)`; frames of the kit and of QuickJS are left out, those
 * of installed packages name the package. Other lines stay. `mappings` is decoded at the first frame.
 */
export function createStackMapper({ filename, files, packages, segments }: StackMappings): (stack: string) => string {
  let parts: Part[] | undefined;
  const sourceAt = (line: number, column: number): string | undefined => {
    parts ??= decode(segments, files.length);
    let found: Part | undefined;
    for (const part of parts) {
      if (part.line > line || (part.line === line && part.column > column)) {
        break;
      }
      found = part;
    }
    if (found === undefined || found.source === 0) {
      return undefined;
    }
    const file = files[found.source - 1];
    if (file === undefined) {
      return packages[found.source - 1 - files.length];
    }
    return found.line === line ? `${file}:${found.originalLine + 1}:${found.originalColumn + 1}` : undefined;
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

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function decode(segments: string, fileCount: number): Part[] {
  const parts: Part[] = [];
  let at = 0;
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
  let last: Part = { line: 0, column: 0, source: 0, originalLine: 0, originalColumn: 0 };
  while (at < segments.length) {
    const lines = next();
    const columns = next();
    last = {
      ...last,
      line: last.line + lines,
      column: (lines === 0 ? last.column : 0) + columns,
      source: last.source + next(),
    };
    if (last.source > 0 && last.source <= fileCount) {
      last.originalLine += next();
      last.originalColumn += next();
    }
    parts.push(last);
  }
  return parts;
}
