import { keptAnswerClass } from "./kept-answers.js";
import { asyncDriver } from "./lowering.js";
import { guestEntry, guestGlobalObject } from "./package-paths.js";

/** esbuild's namespace of the module that is the entry of every bundle. */
export const entryNamespace = "sluice-entry";

/** A variable of every bundle: whether the policy may replace bodies. */
export const replacesBodies = "sluiceReplacesBodies";

/**
 * The source of the module that joins the policy in `file` and the guest. It is not a file. The guest comes first: async code at the
 * policy's top level is driven by it.
 */
export function entryModule(file: string): string {
  return `import ${JSON.stringify(guestGlobalObject)};
import { createPolicyBundle } from ${JSON.stringify(guestEntry)};
import policy from ${JSON.stringify(file)};
const bundle = createPolicyBundle(policy, ${replacesBodies});
export const createGuest = bundle.createGuest;
export const checkConfig = bundle.checkConfig;
export { ${asyncDriver}, ${keptAnswerClass} } from ${JSON.stringify(guestEntry)};
`;
}
