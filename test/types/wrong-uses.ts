/**
 * Wrong uses of the API in files that must not compile. A use is a block of lines, from a comment
 * `// expect-error: text` to the next blank line or the next such comment; each of its errors must contain the text.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";

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

/** Compiles files in the policy world, together; the errors of each file, and of others under their own names. */
export function compile(configFile: string, files: readonly string[]): Map<string, CompilerError[]> {
  const config = ts.getParsedCommandLineOfConfigFile(
    configFile,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
      },
    },
  );
  if (config === undefined) {
    throw new Error(`${configFile} cannot be read.`);
  }
  const globals = config.fileNames.filter((name) => name.endsWith(".d.ts"));
  const program = ts.createProgram([...globals, ...files], config.options);
  const errors = new Map<string, CompilerError[]>(files.map((file) => [file, []]));
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const name = file?.fileName ?? configFile;
    const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    const list = errors.get(name) ?? [];
    errors.set(name, list);
    list.push({ line, message: ts.flattenDiagnosticMessageText(messageText, "\n") });
  }
  return errors;
}

/** The wrong uses in a file. */
export function readWrongUses(file: string): WrongUse[] {
  return wrongUses(readFileSync(file, "utf8"));
}
