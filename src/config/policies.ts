/** Makes the policies ready that a gateway file names, and asks each for its opinion of its configuration. */
import { resolve } from "node:path";
import type { ConfigProblem } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import { pathSteps, type ConfigPath, type FileProblem } from "./problems.js";
import { withoutSecrets } from "./quoted-secrets.js";
import { listAt, property } from "./raw-value.js";
import type { YamlSource } from "./yaml-source.js";

/** What checking a file needs of a policy. */
export interface CheckedPolicy {
  checkConfig(config: unknown): ConfigProblem[];
}

/**
 * Works on the file as it is, even where the rest of it is not in order, so that its problems are reported together
 * with the others.
 */
export async function checkPolicies<Policy extends CheckedPolicy>(
  source: YamlSource, folder: string, compile: (file: string) => Promise<Policy>,
): Promise<{ policies: Map<string, Policy>; problems: FileProblem[] }> {
  const policies = new Map<string, Policy>();
  const failed = new Set<string>();
  const problems: FileProblem[] = [];
  const report = (path: ConfigPath, message: string) =>
    problems.push({ path, message: source.conceal(message), ...source.locate(path) });

  for (const { path, use, config } of policyUses(source.value)) {
    const file = resolve(folder, use);
    if (!policies.has(file) && !failed.has(file)) {
      try {
        policies.set(file, await compile(file));
      } catch (error) {
        if (!(error instanceof SluiceError) || error.code === "INTERNAL") {
          throw error;
        }
        failed.add(file);
        report([...path, "use"], error.message);
      }
    }
    for (const problem of policies.get(file)?.checkConfig(config) ?? []) {
      const place = pathSteps(problem.path);
      report([...path, "config", ...place], withoutSecrets(source.conceal(problem.message), config, place));
    }
  }
  return { policies, problems };
}

interface RawUse {
  path: ConfigPath;
  use: string;
  config: unknown;
}

function policyUses(value: unknown): RawUse[] {
  return listAt(value, "routes").flatMap((route, routeIndex) =>
    listAt(route, "policies").flatMap((policy, index) => {
      const use = property(policy, "use");
      return typeof use === "string" && use !== ""
        ? [{ path: ["routes", routeIndex, "policies", index], use, config: property(policy, "config") ?? {} }]
        : [];
    }),
  );
}
