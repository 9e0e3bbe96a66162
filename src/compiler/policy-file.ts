/** Files that may be a policy: looked at before they are read. */
import { realpathSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";

const sourceName = /\.[cm]?[jt]sx?$/;
const mostBytes = { source: 16 * 1024 * 1024, module: 256 * 1024 * 1024 };

/**
 * Refuses a file (absolute path) that is neither a source nor a module: reading it may take for ever (a device), and what a compiler says
 * about it has its lines, which may be nobody's to see. Where it is a link, what it leads to counts.
 *
 * @throws SluiceError `POLICY_NOT_FOUND`
 */
export function assertPolicyFile(file: string): void {
  const refuse = (reason: string) => new SluiceError("POLICY_NOT_FOUND", `${shownPath(file)}: ${reason}.`);
  let real: string;
  try {
    real = realpathSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw refuse(
      code === "ENOENT" || code === "ENOTDIR" ? "there is no such file" : `it cannot be read (${code ?? ""})`,
    );
  }
  const stats = statSync(real);
  if (!stats.isFile()) {
    throw refuse(`expected a policy's file, got ${stats.isDirectory() ? "a folder" : "a device, a pipe or a socket"}`);
  }
  const kind = extname(file) === ".wasm" ? "module" : "source";
  if (!(kind === "module" ? extname(real) === ".wasm" : sourceName.test(file) && sourceName.test(real))) {
    throw refuse(
      "expected a policy's source (.ts, .mts, .js, .mjs …) or module (.wasm), got a file with another extension",
    );
  }
  if (stats.size > mostBytes[kind]) {
    throw refuse(`expected at most ${mostBytes[kind] / 1024 / 1024}MiB, got ${stats.size} bytes`);
  }
}

/**
 * The bytes of the module in `file` (absolute path).
 *
 * @throws SluiceError `POLICY_NOT_FOUND`
 */
export async function readModule(file: string): Promise<Uint8Array> {
  assertPolicyFile(file);
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SluiceError("POLICY_NOT_FOUND", `${shownPath(file)}: it cannot be read (${code ?? ""}).`, {
      cause: error,
    });
  }
}
