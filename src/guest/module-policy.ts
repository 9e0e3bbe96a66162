/** A policy of a module that has several. */
import type { PolicyUses } from "../abi/policy-uses.js";
import type { AnyDefinition } from "./configure.js";

export interface ModulePolicy {
  /** In the module. */
  readonly name: string;
  readonly definition: AnyDefinition;
  readonly uses: PolicyUses;
}
