/**
 * Wrong uses of the API in files that must not compile. A use is a block of lines, from a comment
 * `// expect-error: text` to the next blank line or the next such comment; each of its errors must contain the text.
 */
import { readFileSync } from "node:fs";
import { typeProblemsIn } from "../support/type-check.js";

/** A wrong use: `line` is the comment's, `end` the first after the block; from 1, as compilers count. */
export interface WrongUse {
  text: string;
  line: number;
  end: number;
}

/** An error of the compiler, by its line from 1. */
export interface CompilerError {
  line: number;
  message: string;
}

const marker = "// expect-error: ";

/** The wrong uses of a file's text, in order. */
export function wrongUses(source: string): WrongUse[] {
  const lines = source.split("\n").map((line) => line.trim());
  return lines.flatMap((content, line) => {
    if (!content.startsWith(marker)) {
      return [];
    }
    const end = lines.findIndex((next, index) => index > line && (next === "" || next.startsWith(marker)));
    return [{ text: content.slice(marker.length), line: line + 1, end: (end === -1 ? lines.length : end) + 1 }];
  });
}

/** What is wrong with a wrong use; undefined when it fails as expected. */
export function complaintAbout(use: WrongUse, errors: readonly CompilerError[]): string | undefined {
  const own = errors.filter(({ line }) => line > use.line && line < use.end);
  if (own.length === 0) {
    return "it compiles";
  }
  const other = own.find(({ message }) => !message.includes(use.text));
  return other === undefined ? undefined : `it fails with: ${other.message}`;
}

/** Errors that belong to no wrong use. */
export function strayErrors(uses: readonly WrongUse[], errors: readonly CompilerError[]): string[] {
  return errors
    .filter(({ line }) => !uses.some((use) => line > use.line && line < use.end))
    .map(({ line, message }) => `line ${line}: ${message}`);
}

/** Compiles files in the world of `configFile`, together; the errors of each file, and of others under their own names. */
export async function compile(configFile: string, files: readonly string[]): Promise<Map<string, CompilerError[]>> {
  const errors = new Map<string, CompilerError[]>(files.map((file) => [file, []]));
  for (const { place, text } of await typeProblemsIn(configFile, files)) {
    const name = place?.file ?? configFile;
    const list = errors.get(name) ?? [];
    errors.set(name, list);
    list.push({ line: place?.line ?? 0, message: text });
  }
  return errors;
}

/** The wrong uses in a file. */
export function readWrongUses(file: string): WrongUse[] {
  return wrongUses(readFileSync(file, "utf8"));
}
