import { readFile } from "node:fs/promises";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "expected a file, got a folder",
  EACCES: "the file may not be read",
};

/** The text of a file (absolute path). Throws CONFIG_NOT_FOUND. */
export async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SluiceError("CONFIG_NOT_FOUND", `${shownPath(file) || file}: ${reasons[code ?? ""] ?? message}.`, {
      cause: error,
    });
  }
}
