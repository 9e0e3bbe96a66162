/** Makes the policies ready that a gateway file names, and asks each for its opinion of its configuration. */
import type { ConfigProblem } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { LocatedPolicy } from "./located-policy.js";
import { policyProblem } from "./policy-problem.js";
import type { ConfigPath, FileProblem } from "./problems.js";
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
  source: YamlSource,
  locate: (use: string) => Promise<LocatedPolicy>,
  compile: (file: string) => Promise<Policy>,
): Promise<{ policies: Map<string, Policy>; located: Map<string, LocatedPolicy>; problems: FileProblem[] }> {
  const policies = new Map<string, Policy>();
  const located = new Map<string, LocatedPolicy>();
  const failed = new Set<string>();
  const problems: FileProblem[] = [];
  const report = (path: ConfigPath, message: string) =>
    problems.push({ path, message: source.conceal(message), ...source.locate(path) });

  for (const { path, use, config } of policyUses(source.value)) {
    if (!located.has(use) && !failed.has(use)) {
      try {
        const policy = await locate(use);
        if (!policies.has(policy.file)) {
          policies.set(policy.file, await compile(policy.file));
        }
        located.set(use, policy);
      } catch (error) {
        if (!(error instanceof SluiceError) || error.code === "INTERNAL") {
          throw error;
        }
        failed.add(use);
        report([...path, "use"], error.message);
      }
    }
    for (const problem of policies.get(located.get(use)?.file ?? "")?.checkConfig(config) ?? []) {
      problems.push(policyProblem(problem, { source, config, place: [...path, "config"] }));
    }
  }
  return { policies, located, problems };
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
