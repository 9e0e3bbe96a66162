/** The source map of a text that was edited, in which what was moved is found again. */
import { decodedMappings, encodedMappings, TraceMap } from "@jridgewell/trace-mapping";
import { type Edit, inOrder } from "./edits.js";

/**
 * @param map (version 3, JSON) of `code`
 * @param edits of `code` that leave as many lines as there were
 */
export function editedMap(map: string, code: string, edits: readonly Edit[]): string {
  const sorted = inOrder(edits);
  const trace = new TraceMap(map);
  let lineStart = 0;
  let next = 0;
  const mappings = decodedMappings(trace).map((segments) => {
    const start = lineStart;
    const lineEnd = code.indexOf("\n", start);
    lineStart = lineEnd < 0 ? code.length : lineEnd + 1;
    let shift = 0;
    return segments.flatMap(([column, ...original]) => {
      const offset = start + column;
      for (; next < sorted.length && (sorted[next] as Edit).end <= offset; next++) {
        shift += (sorted[next] as Edit).end < start ? 0 : shiftAfter(code, sorted[next] as Edit);
      }
      return isReplaced(sorted[next], offset) ? [] : [[column + shift, ...original]];
    });
  });
  const { sources, sourcesContent = [] } = trace;
  const edited = new TraceMap({ version: 3, names: [], sources, sourcesContent, mappings: mappings as [number][][] });
  return JSON.stringify({ version: 3, sources, sourcesContent, names: [], mappings: encodedMappings(edited) });
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
