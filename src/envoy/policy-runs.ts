/** A route's policies as Envoy's filters: those from source share a module, and each run of them in a route is one filter. */
import { extname } from "node:path";
import { distinctNames, policyInFile } from "../config/located-policy.js";
import type { GatewayConfig, PolicyUse } from "../config/types.js";

/** The names in the module that they share of policies, by their files (absolute). */
export type SharedPolicies = ReadonlyMap<string, string>;

/** Every policy has a module of its own. */
export const noneShared: SharedPolicies = new Map();

/**
 * The policies that share a module: all from source. Where there is one only, and no route uses it twice in a row, the module of that
 * policy alone does, which is smaller.
 */
export function sharedPolicies({ routes }: Pick<GatewayConfig, "routes">): SharedPolicies {
  const used = routes.flatMap(({ policies }) => policies.map(({ file }) => file));
  const names = distinctNames(used.filter((file) => extname(file) !== ".wasm").map(policyInFile));
  const single = names.size <= 1 && routes.every(({ policies }) => runsOf(policies, names).every(isOneUse));
  return single ? noneShared : names;
}

/** Uses of policies that are one filter. */
export interface PolicyRun {
  /** No other run of the route has it. That of one use is the use's; no use can have another's. */
  readonly name: string;
  readonly uses: readonly [first: PolicyUse, ...others: PolicyUse[]];
}

/** The uses of a route, in order. */
export function runsOf(uses: readonly PolicyUse[], shared: Pick<SharedPolicies, "has">): PolicyRun[] {
  const runs: [PolicyUse, ...PolicyUse[]][] = [];
  let last: [PolicyUse, ...PolicyUse[]] | undefined;
  for (const use of uses) {
    const isShared = shared.has(use.file);
    if (isShared && last !== undefined) {
      last.push(use);
      continue;
    }
    const run: [PolicyUse, ...PolicyUse[]] = [use];
    runs.push(run);
    last = isShared ? run : undefined;
  }
  return runs.map((run) => ({
    name: run.length === 1 ? run[0].name : `${run[0].name}+${run.length - 1}`,
    uses: run,
  }));
}

function isOneUse({ uses }: PolicyRun): boolean {
  return uses.length === 1;
}
