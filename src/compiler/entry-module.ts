import { guestEntry, guestGlobalObject, publicEntry } from "./package-paths.js";

/** A variable of every bundle: what the policy may use (`PolicyUses` in abi/policy-uses.ts). */
export const policyUses = "sluicePolicyUses";

/**
 * The source of the module that joins the policy in `file` and the guest. It is not a file. The guest comes first: async code at the
 * policy's top level is driven by it.
 */
export function entryModule(file: string): string {
  return `import ${JSON.stringify(guestGlobalObject)};
import { createPolicyBundle } from ${JSON.stringify(guestEntry)};
import policy from ${JSON.stringify(file)};
const bundle = createPolicyBundle(policy, ${policyUses});
export const createGuest = bundle.createGuest;
export const checkConfig = bundle.checkConfig;
export { KeptAnswer, sluiceAsync } from ${JSON.stringify(guestEntry)};
export { definePolicy, Flow, Response } from ${JSON.stringify(publicEntry)};
`;
}
