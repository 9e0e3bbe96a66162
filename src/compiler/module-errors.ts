/** What a module says in QuickJS's words while it is built, in the words of a policy's author. */
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { messageOf } from "../thrown.js";
import type { PolicyBundleCode } from "./bundle.js";
import { loadError } from "./load-error.js";
import { moduleFilename } from "./module-code.js";
import { createStackMapper } from "./stack-mapper.js";
import type { Verification } from "./verify-module.js";

/** `error`: what evaluating the bundle of the policy in `file` threw; its message ends in QuickJS's stack. */
export function snapshotError(file: string, { map, inputs }: PolicyBundleCode, error: unknown): SluiceError {
  const text = messageOf(error);
  const [message = ""] = text.split(/\n\s+at /, 1);
  const stack = createStackMapper(map, moduleFilename)(text.slice(message.length));
  return loadError(file, message.replace(/^SluiceError: /, ""), stack, inputs, error);
}

interface LogLine {
  msg?: string;
  stack?: string;
  error?: { message?: string; code?: string };
}

/**
 * A schema may refuse the trial's empty configuration, but it has to answer.
 *
 * @throws SluiceError `SCHEMA_ASYNC`, `POLICY_SCHEMA`
 */
export function refuseBrokenSchema(file: string, { configured, errors }: Verification): void {
  const thrown = configured ? undefined : errors.map(parseLine).find(({ error }) => error !== undefined);
  if (thrown?.error?.code === "SCHEMA_ASYNC") {
    throw new SluiceError("SCHEMA_ASYNC", `${shownPath(file)}: ${thrown.error.message ?? ""}`);
  }
  if (thrown !== undefined) {
    const stack = (thrown.stack ?? "").trimEnd();
    throw new SluiceError(
      "POLICY_SCHEMA",
      `${shownPath(file)}: the configuration's schema threw: ${thrown.error?.message ?? ""}${stack === "" ? "" : `\n${stack}`}`,
    );
  }
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return {}; // not one of the guest's lines
  }
}
