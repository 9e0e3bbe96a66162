/** The error of a policy whose top level throws. */
import { readFileSync } from "node:fs";
import { SluiceError } from "../errors.js";
import { shownPath, sourceFrame } from "../source-frame.js";

/**
 * POLICY_BUNDLE with the place in the source.
 *
 * @param stack Mapped to the policy's files, with absolute paths.
 * @param files Absolute paths of the policy's own files.
 */
export function loadError(
  file: string,
  message: string,
  stack: string,
  files: readonly string[],
  cause: unknown,
): SluiceError {
  const reason = `the policy cannot be loaded: ${message}`;
  return new SluiceError("POLICY_BUNDLE", place(stack, files, reason) ?? `${shownPath(file)}: ${reason}`, { cause });
}

/** The innermost frame of a stack that is in one of the policy's own files. */
function place(stack: string, files: readonly string[], reason: string): string | undefined {
  for (const frame of stack.split("\n")) {
    const file = files.find((input) => frame.includes(`${input}:`));
    const [, line, column] = /:(\d+):(\d+)\)?$/.exec(frame) ?? [];
    if (file !== undefined && line !== undefined && column !== undefined) {
      const source = sourceFrame(readFileSync(file, "utf8"), Number(line), Number(column));
      return `${shownPath(file)}:${line}:${column}: ${reason}\n${source}`;
    }
  }
  return undefined;
}
