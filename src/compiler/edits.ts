/** Changes of esbuild's output. All that the compiler changes in it are edits of the same text, which are applied at once. */
import { SluiceError } from "../errors.js";

/** A change: the text between `start` and `end` becomes `text`. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Edits as they follow each other in the text; those at the same place keep their order. */
export function inOrder(edits: readonly Edit[]): Edit[] {
  return edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** The text with these changes, none of which may overlap. Those at the same place stand in their order. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const { start, end, text } of inOrder(edits)) {
    if (start < done) {
      throw new SluiceError("INTERNAL", "The compiler changes one part of a bundle twice.");
    }
    result += code.slice(done, start) + text;
    done = end;
  }
  return result + code.slice(done);
}

/** White space of the same shape. */
export function blank(code: string, start: number, end: number): Edit {
  return { start, end, text: code.slice(start, end).replace(/[^\n]/g, " ") };
}
