/** A policy's configuration outside of a gateway file. */
import { resolve } from "node:path";
import type { ConfigProblem } from "../abi/port.js";
import { policyProblem } from "./policy-problem.js";
import { ConfigError } from "./problems.js";
import { readSource } from "./read-source.js";
import { parseYamlSource } from "./yaml-source.js";

export interface PolicyConfig {
  value: unknown;
  /** Absolute path of the file that it came from. */
  file: string | undefined;
  /** Throws ConfigError with the problems that a policy finds in the value. */
  refuse: (problems: readonly ConfigProblem[]) => void;
}

/**
 * Reads a configuration: JSON (it begins with `{`), or the name of a YAML or JSON file. `${NAME}` in values is replaced by an
 * environment variable.
 *
 * Throws ConfigError, or CONFIG_NOT_FOUND.
 */
export async function readPolicyConfig(
  jsonOrFile: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<PolicyConfig> {
  const inline = jsonOrFile.trimStart().startsWith("{");
  const name = inline ? "--config" : jsonOrFile;
  const source = parseYamlSource(inline ? jsonOrFile : await readSource(resolve(jsonOrFile)), environment);
  if (source.problems.length > 0) {
    throw new ConfigError(name, source.problems);
  }
  return {
    value: source.value ?? {},
    file: inline ? undefined : resolve(jsonOrFile),
    refuse: (problems) => {
      if (problems.length > 0) {
        throw new ConfigError(
          name,
          problems.map((problem) => policyProblem(problem, { source, config: source.value })),
        );
      }
    },
  };
}
