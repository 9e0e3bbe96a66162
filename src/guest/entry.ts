/** What the bundle of a policy is made of. */

import type { PolicyUses } from "../abi/policy-uses.js";
import type { PolicyBundle } from "../abi/port.js";
import { SluiceError } from "../errors.js";
import type { Policy } from "../policy/define.js";
import { sayWhere } from "../policy/elsewhere.js";
import { ChainGuest } from "./chain/chain-guest.js";
import { type AnyDefinition, checkConfig } from "./configure.js";
import { Guest } from "./guest.js";
import type { ModulePolicy } from "./module-policy.js";

export { sluiceAsync } from "./frame.js";
export { KeptAnswer } from "./kept-answer.js";

/**
 * @throws SluiceError `POLICY_DEFINITION` when the default export of the policy's file is no policy
 */
export function createPolicyBundle(policy: unknown, uses: PolicyUses): PolicyBundle {
  const definition = definitionOf(policy);
  sayWhere(uses.named);
  return {
    createGuest: (host, services) => new Guest(definition, host, services ?? {}, uses),
    checkConfig(config) {
      const checked = checkConfig(definition, config);
      return checked.ok ? [] : checked.problems;
    },
  };
}

/**
 * One of the policies of a module that has several.
 *
 * @throws SluiceError `POLICY_DEFINITION`
 */
export function modulePolicy(name: string, policy: unknown, uses: PolicyUses): ModulePolicy {
  return { name, definition: definitionOf(policy), uses };
}

/** What such a module is made of. */
export function createModuleBundle(policies: readonly ModulePolicy[]): Pick<PolicyBundle, "createGuest"> {
  const named = policies.map(({ uses }) => uses.named);
  sayWhere(named.every((names) => names !== undefined) ? named.flat() : undefined);
  return { createGuest: (host, services) => new ChainGuest(policies, host, services ?? {}) };
}

function definitionOf(policy: unknown): AnyDefinition {
  const definition = (policy as Policy | undefined)?.definition;
  if (typeof definition !== "object") {
    throw new SluiceError(
      "POLICY_DEFINITION",
      "The default export of the policy's file: expected what definePolicy(…) returns.",
    );
  }
  return definition;
}
