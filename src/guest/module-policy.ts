import type { PolicyUses } from "../abi/policy-uses.js";
import type { AnyDefinition } from "./configure.js";

/** One of the policies of a module. */
export interface ModulePolicy {
  /** Its name in the module. */
  readonly name: string;
  readonly definition: AnyDefinition;
  readonly uses: PolicyUses;
}
