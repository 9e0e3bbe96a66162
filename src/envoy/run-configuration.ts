import {
  type BufferSharing,
  moduleConfiguration,
  type PolicySurroundings,
  usesConfiguration,
} from "../config/plugin-configuration.js";
import type { GatewayConfig } from "../config/types.js";
import type { PolicyModule, PolicyModules } from "./compile-modules.js";
import type { PolicyRun } from "./policy-runs.js";

/** What a module is told of a run of its policies. */
export function runConfiguration(
  { uses }: PolicyRun,
  modules: PolicyModules,
  surroundings: PolicySurroundings,
  buffers: BufferSharing,
  memoryBytes: number,
): string {
  const [use] = uses;
  const module = moduleOf(modules, use.file);
  return module.policy === undefined
    ? moduleConfiguration(use, surroundings, { sluice: module.sluice, buffers })
    : usesConfiguration(
        uses.map((each) => ({ policy: moduleOf(modules, each.file).policy as string, use: each })),
        surroundings,
        buffers,
        memoryBytes,
      );
}

/** @throws Error for a policy that has none, which is a mistake of the caller */
export function moduleOf(modules: PolicyModules, file: string): PolicyModule {
  const module = modules.get(file);
  if (module === undefined) {
    throw new Error(`There is no module for ${file}.`);
  }
  return module;
}

/** The policies that share a module. */
export function sharing(modules: PolicyModules): Pick<PolicyModules, "has"> {
  return { has: (file) => modules.get(file)?.policy !== undefined };
}

/** What the heap of such a module may take: as much as all its policies may that have one each. */
export function sharedMemoryBytes({ routes }: Pick<GatewayConfig, "routes">, modules: PolicyModules): number {
  const most = new Map<string, number>();
  for (const { policies, limits } of routes) {
    for (const { file } of policies) {
      if (modules.get(file)?.policy !== undefined) {
        most.set(file, Math.max(most.get(file) ?? 0, limits.memoryBytes));
      }
    }
  }
  return [...most.values()].reduce((sum, bytes) => sum + bytes, 0);
}
