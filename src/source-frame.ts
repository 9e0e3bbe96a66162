/** How places in sources are shown to people. */
import { relative } from "node:path";
import { plainColumns } from "./plain-text.js";

/** A file as somebody in the working directory would name it: relative to it when it is inside, else absolute. */
export function shownPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") ? path : fromHere;
}

/** How many lines are shown before and after the one that is meant. */
const context = 2;
/** How much of a line is shown: minified files have lines that no terminal can hold. */
const widest = 200;

/**
 * The lines around a place in a text, with a caret below the place.
 *
 * `line` and `column` count from 1; `length` is how many characters the carets span, at least one. Of long lines the part around
 * the place is shown, and no control characters: it is somebody's file, and goes to a terminal.
 */
export function sourceFrame(text: string, line: number, column: number, length = 1): string {
  const lines = text.trimEnd().split(/\r?\n/);
  const first = Math.max(1, line - context);
  const last = Math.max(line, Math.min(lines.length, line + context));
  const width = String(last).length;
  const start = column > widest ? column - widest / 2 : 0;
  const frame: string[] = [];
  for (let number = first; number <= last; number += 1) {
    const source = shown(lines[number - 1] ?? "", start);
    frame.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${source}`.trimEnd());
    if (number === line) {
      // Tabs stay tabs, so that the caret stands below its character whatever a terminal makes of them.
      const indent = source.slice(0, column - start - 1).replace(/[^\t]/g, " ");
      const carets = "^".repeat(Math.max(1, Math.min(length, source.length - column + start + 1)));
      frame.push(`  ${" ".repeat(width)} | ${indent}${carets}`);
    }
  }
  return frame.join("\n");
}

/** A character stays a character, so that carets stand where they should. */
function shown(line: string, start: number): string {
  return plainColumns(line.slice(start, start + widest));
}
