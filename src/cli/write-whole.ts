import { randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../errors.js";
import { makeFolder } from "../make-folder.js";
import { shownPath } from "../source-frame.js";
import { messageOf } from "../thrown.js";

/**
 * Writes a file, and the folders that it is in, such that nobody ever sees half of it: what was there stays until all is written.
 *
 * @throws SluiceError `OUTPUT_FAILED`
 */
export async function writeWhole(path: string, contents: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await makeFolder(dirname(path));
    await writeFile(temporary, contents);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // without a folder there is no file either
    const reason = messageOf(error);
    throw new SluiceError("OUTPUT_FAILED", `${shownPath(path)}: the file could not be written: ${reason}`, {
      cause: error,
    });
  }
}
