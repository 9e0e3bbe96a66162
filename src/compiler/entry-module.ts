import { type KitExport, kitGuest, kitModuleFile, kitNamespace } from "./kit-stubs.js";
import { guestEntry, guestGlobalObject, publicEntry } from "./package-paths.js";

/** A variable of every policy's bundle: what the policy may use (`PolicyUses` in abi/policy-uses.ts). */
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
${named(guestEntry, publicEntry)}`;
}

/** The same without the kit. */
export function entryWithoutKit(file: string): string {
  return `import policy from ${JSON.stringify(file)};
export default policy;
${named(`${kitNamespace}:${kitGuest}`, "sluice")}`;
}

/** The source of the module that has of the kit what policies without it ask for. */
export function kitEntryModule(exports: readonly KitExport[]): string {
  const imports = exports.map(
    ({ specifier, name }, index) => `import { ${name} as k${index} } from ${JSON.stringify(kitModuleFile(specifier))};`,
  );
  const specifiers = [...new Set(exports.map(({ specifier }) => specifier))];
  const members = specifiers.map((wanted) => {
    const named = exports.flatMap(({ specifier, name }, index) => (specifier === wanted ? `${name}: k${index}` : []));
    return `${JSON.stringify(wanted)}: { ${named.join(", ")} }`;
  });
  return `import ${JSON.stringify(guestGlobalObject)};
${imports.join("\n")}
export { createModuleBundle, modulePolicy } from ${JSON.stringify(guestEntry)};
export const kit = { ${members.join(", ")} };
${named(guestEntry, publicEntry)}`;
}

/** For kit-names.ts. */
function named(guest: string, kit: string): string {
  return `export { KeptAnswer, sluiceAsync } from ${JSON.stringify(guest)};
export { definePolicy, Flow, Response } from ${JSON.stringify(kit)};
`;
}
