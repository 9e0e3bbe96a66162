/** The policies that a gateway file names, whatever else is in it: to compile them nobody has to know its variables. */
import { dirname, resolve } from "node:path";
import { shownPath } from "../source-frame.js";
import type { LocatedPolicy } from "./located-policy.js";
import { checkPolicies } from "./policies.js";
import { ConfigError } from "./problems.js";
import { readSource } from "./read-source.js";
import { parseYamlSource } from "./yaml-source.js";

/**
 * Each policy once, in the order of the file at `path`.
 *
 * @param locate finds the policy that the file calls `use`; `folder` is the file's own, absolute
 * @throws ConfigError for what is no YAML, names no policy, or names one that is nowhere; CONFIG_NOT_FOUND
 */
export async function gatewayPolicies(
  path: string,
  locate: (use: string, folder: string) => Promise<LocatedPolicy>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LocatedPolicy[]> {
  const file = resolve(path);
  const source = parseYamlSource(await readSource(file), environment);
  const { located, problems } = await checkPolicies(
    source,
    (use) => locate(use, dirname(file)),
    () => Promise.resolve({ checkConfig: () => [] }),
  );
  // A variable may be missing anywhere but in the name of a policy.
  const all = [...source.problems.filter((problem) => problem.path.length === 0 || problem.path.at(-1) === "use")];
  if (all.length === 0) {
    all.push(...problems);
  }
  if (all.length === 0 && located.size === 0) {
    all.push({ path: ["routes"], message: "expected routes with policies, got none", ...source.locate(["routes"]) });
  }
  if (all.length > 0) {
    throw new ConfigError(shownPath(file), all);
  }
  return [...new Map([...located.values()].map((policy) => [policy.file, policy])).values()];
}
