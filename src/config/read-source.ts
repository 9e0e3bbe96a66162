/** Files of users that hold text: gateway files, configurations, cases. */
import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { ConfigError, type FileProblem } from "./problems.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "there is no such file",
  ELOOP: "its links lead to no file",
  EACCES: "the file may not be read",
};

/** The largest file that is read. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The text of a file (absolute path).
 *
 * @throws SluiceError `CONFIG_NOT_FOUND` where there is no file that can be read; ConfigError where what it holds is no text
 */
export async function readSource(file: string): Promise<string> {
  const shown = shownPath(file) || file;
  const bytes = await readBytes(file, shown);
  const problem = textProblem(bytes);
  if (problem !== undefined) {
    throw new ConfigError(shown, [problem]);
  }
  return bytes.toString("utf8");
}

async function readBytes(file: string, shown: string): Promise<Buffer> {
  const refuse = (reason: string, cause?: unknown) =>
    new SluiceError("CONFIG_NOT_FOUND", `${shown}: ${reason}.`, { cause });
  let handle: FileHandle | undefined;
  try {
    // Opening a pipe would wait for whoever writes into it.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw refuse(`expected a file, got ${stats.isDirectory() ? "a folder" : "a device, a pipe or a socket"}`);
    }
    const bytes = await readAtMost(handle, mostBytes + 1);
    if (bytes.length > mostBytes) {
      throw refuse(`expected at most ${mostBytes / 1024 / 1024}MiB, got more`);
    }
    return bytes;
  } catch (error) {
    if (error instanceof SluiceError) {
      throw error;
    }
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(reasons[code ?? ""] ?? message, error);
  } finally {
    await handle?.close();
  }
}

/** What a file's size says is not always what can be read of it. */
async function readAtMost(handle: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.alloc(most);
  for (let length = 0; ; ) {
    const { bytesRead } = await handle.read(buffer, length, most - length);
    length += bytesRead;
    if (bytesRead === 0 || length === most) {
      return buffer.subarray(0, length);
    }
  }
}

const notText = "expected text in UTF-8";

/** What makes the bytes no text as YAML wants it (YAML 1.2.2, sections 5.1 and 5.2), with the line. */
function textProblem(bytes: Buffer): FileProblem | undefined {
  if (!isUtf8(bytes)) {
    let line = 1;
    for (let start = 0; ; line += 1) {
      const end = bytes.indexOf("\n", start);
      const badLine = !isUtf8(bytes.subarray(start, end < 0 ? bytes.length : end));
      if (badLine || end < 0) {
        return { path: [], message: notText, line };
      }
      start = end + 1;
    }
  }
  const text = bytes.toString("utf8");
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  const index = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]/);
  if (index < 0) {
    return undefined;
  }
  const before = text.slice(0, index).split("\n");
  const code = text.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0");
  return {
    path: [],
    message: `${notText}, got the control character U+${code}`,
    line: before.length,
    column: before.at(-1)!.length + 1,
  };
}
