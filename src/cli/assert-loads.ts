import { readFileSync } from "node:fs";
import { SluiceError } from "../errors.js";
import type { CompiledPolicy } from "../gateway/index.js";
import { shownPath, sourceFrame } from "../source-frame.js";

/** Loading runs the top level of the policy in `file`: throws POLICY_BUNDLE with the place in the source where that fails. */
export function assertLoads(file: string, compiled: CompiledPolicy): void {
  try {
    compiled.bundle();
  } catch (error) {
    const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
    const reason = `the policy cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
    const stack = cause instanceof Error ? compiled.mapStack(cause.stack ?? "") : "";
    throw new SluiceError("POLICY_BUNDLE", place(stack, compiled.inputs, reason) ?? `${shownPath(file)}: ${reason}`, { cause: error });
  }
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
