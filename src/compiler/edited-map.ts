/** The source map of a text that was edited, in which what was moved is found again. */
import { decodedMappings, encodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { type Edit, inOrder } from "./edits.js";

/**
 * @param map (version 3, JSON) of `code`
 * @param edits of `code` that leave as many lines as there were
 */
export function editedMap(map: string, code: string, edits: readonly Edit[]): TraceMap {
  const sorted = inOrder(edits);
  const trace = new TraceMap(map);
  let lineStart = 0;
  let next = 0;
  const mappings = decodedMappings(trace).map((segments) => {
    const start = lineStart;
    const lineEnd = code.indexOf("\n", start);
    lineStart = lineEnd < 0 ? code.length : lineEnd + 1;
    let shift = 0;
    // There are some ten thousand, of which few are moved.
    return segments.filter((segment) => {
      const offset = start + segment[0];
      for (; next < sorted.length && (sorted[next] as Edit).end <= offset; next++) {
        shift += (sorted[next] as Edit).end < start ? 0 : shiftAfter(code, sorted[next] as Edit);
      }
      segment[0] += shift;
      return !isReplaced(sorted[next], offset);
    });
  });
  const { sources, sourcesContent = [] } = trace;
  return new TraceMap({ version: 3, names: [], sources, sourcesContent, mappings });
}

/** A source map as its text (version 3, JSON). */
export function mapText(map: TraceMap): string {
  const { sources, sourcesContent = [] } = map;
  return JSON.stringify({ version: 3, sources, sourcesContent, names: [], mappings: encodedMappings(map) });
}

/** Of what has become a text of another length its beginning is all that is certain. */
function isReplaced(edit: Edit | undefined, offset: number): boolean {
  return edit !== undefined && edit.start < offset && edit.text.length !== edit.end - edit.start;
}

/** By how much an edit moves what follows it on its last line. */
function shiftAfter(code: string, { start, end, text }: Edit): number {
  return lengthOfLastLine(text) - lengthOfLastLine(code.slice(start, end));
}

function lengthOfLastLine(text: string): number {
  return text.length - text.lastIndexOf("\n") - 1;
}
