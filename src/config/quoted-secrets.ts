/** Schemas quote what they refuse, and it may be a secret. */
import { isSecretName, redactText } from "../redact.js";
import type { ConfigPath } from "./problems.js";
import { property } from "./raw-value.js";

/** Shorter texts would be found within words of the message; schemas put strings in quotes, which suffices for those. */
const shortest = 4;

/** The message about the value at `path` in `root`, without that value where a key on the way says that it is a secret. */
export function withoutSecrets(message: string, root: unknown, path: ConfigPath): string {
  const shown = redactText(message);
  if (!path.some((step) => typeof step === "string" && isSecretName(step))) {
    return shown;
  }
  const value = path.reduce<unknown>((parent, step) => property(parent, String(step)), root);
  if (typeof value !== "string" && typeof value !== "number") {
    return shown;
  }
  const quoted = shown.replaceAll(JSON.stringify(value), "[redacted]");
  return String(value).length < shortest ? quoted : quoted.replaceAll(String(value), "[redacted]");
}
