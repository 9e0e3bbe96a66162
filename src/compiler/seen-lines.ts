/** Whose the lines of a module's text are: stacks show those of the policy's files alone. `engine/quickjs/strip.c` reads it. */
import { fileURLToPath } from "node:url";
import { decodedMappings, type TraceMap } from "@jridgewell/trace-mapping";
import { isKitFile, packageOf } from "./package-paths.js";

/** Left out of stacks; shown with the name of a package; shown with line and column. */
type Kind = 0 | 1 | 2;

/**
 * The lines, from 1, from which on others are whose they are: line × 4 + kind. One in which several parts are is what most is shown of.
 *
 * @param trace The source map of a bundle: its sources are absolute `file:` URLs, others count as the kit's.
 * @param shown lines, from 0, that count as the policy's
 */
export function seenLines(trace: TraceMap, shown: readonly number[]): Uint32Array {
  const kinds = trace.sources.map(kindOf);
  const entries: number[] = [];
  let current: Kind = 0;
  let last: Kind = 0;
  for (const [index, parts] of decodedMappings(trace).entries()) {
    // What goes before the first part is still the last one's.
    let line: Kind = shown.includes(index) ? 2 : parts[0]?.[0] === 0 ? 0 : last;
    for (const [, source] of parts) {
      last = source === undefined ? 0 : (kinds[source] ?? 0);
      line = Math.max(line, last) as Kind;
    }
    if (line !== current) {
      entries.push((index + 1) * 4 + line);
      current = line;
    }
  }
  return Uint32Array.from(entries);
}

function kindOf(source: string | null): Kind {
  const path = source?.startsWith("file:") === true ? fileURLToPath(source) : undefined;
  if (path === undefined || isKitFile(path)) {
    return 0;
  }
  return packageOf(path) === undefined ? 2 : 1;
}
