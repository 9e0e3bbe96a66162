/** The file of a policy that a test names by its path, its URL, or by the policy itself. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readyPolicy } from "../catalogue/catalogue.js";
import { SluiceError } from "../errors.js";
import type { Policy } from "../policy/define.js";

/**
 * A policy: what its file exports, or the file's path (from the working directory) or URL: a source, or a module (`.wasm`). Or a ready
 * one, `sluice/policies/<name>`.
 */
export type PolicySource<Config = unknown> = Policy<Config> | string | URL;

/** Absolute. @throws SluiceError TEST_OPTIONS, POLICY_NOT_FOUND for a ready policy that there is not */
export function policyFile(source: PolicySource<never>, what: string): string {
  if (source instanceof URL) {
    return fileURLToPath(source);
  }
  if (typeof source === "string") {
    return source.startsWith("file:") ? fileURLToPath(source) : (readyPolicy(source)?.file ?? resolve(source));
  }
  if (typeof source !== "object" || source === null || !("definition" in source)) {
    throw new SluiceError("TEST_OPTIONS", `${what}: expected a policy, or the path or URL of its file.`);
  }
  const file = fileOfDefinition(source.definedAt.stack);
  if (file === undefined) {
    throw new SluiceError(
      "TEST_OPTIONS",
      `${what}: cannot tell which file this policy is defined in; give the path of the file instead.`,
    );
  }
  return file;
}

/** The first file in the stack that is not the one of `definePolicy`. */
function fileOfDefinition(stack: string | undefined): string | undefined {
  const files = (stack ?? "")
    .split("\n")
    .slice(1)
    .map(fileOfFrame)
    .filter((file) => file !== undefined);
  const own = files[0];
  return files.find((file) => file !== own);
}

function fileOfFrame(line: string): string | undefined {
  const match = /(?:\(|at )((?:file:\/\/)?(?:[A-Za-z]:)?[\\/][^()]*?)(?:\?[^():]*)?:\d+(?::\d+)?\)?$/.exec(line.trim());
  if (match === null) {
    return undefined;
  }
  const place = match[1] as string;
  const path = place.startsWith("file:") ? fileURLToPath(place) : place;
  return existsSync(path) ? path : undefined;
}
