/** What a module says in QuickJS's words while it is built, in the words of a policy's author. */
import { SluiceError } from "../errors.js";
import { shownPath } from "../source-frame.js";
import { messageOf } from "../thrown.js";
import { loadError } from "./load-error.js";
import { type BundledPolicy, type ModuleText, moduleFilename, policyAt } from "./module-text.js";
import { createStackMapper } from "./stack-mapper.js";
import type { Verification } from "./verify-module.js";

/** `error`: what evaluating the text threw; its message ends in QuickJS's stack. */
export function snapshotError(text: ModuleText, error: unknown): SluiceError {
  const said = messageOf(error);
  const [message = ""] = said.split(/\n\s+at /, 1);
  const frames = said.slice(message.length);
  const stack = createStackMapper(text.map, moduleFilename)(frames);
  const { file, bundle } = throwingPolicy(text, frames);
  return loadError(file, message.replace(/^SluiceError: /, ""), stack, bundle.inputs, error);
}

/** The outermost frames are those of the module itself, which runs the text of one policy after the other. */
function throwingPolicy(text: ModuleText, frames: string): BundledPolicy {
  const lines = [...frames.matchAll(new RegExp(`\\b${moduleFilename.replace(".", "\\.")}:(\\d+):\\d+`, "g"))];
  const own = lines.map(([, line]) => policyAt(text, Number(line) - 1)).filter((policy) => policy !== undefined);
  return own.at(-1) ?? (text.policies[0] as BundledPolicy);
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
