import { compileFunction } from "node:vm";
import type { PolicyBundle } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";

/**
 * Runs the CommonJS text of a compiled policy and returns what it exports. Every call makes a new instance with its own
 * module state; nothing but its result keeps it in memory.
 *
 * It runs in the main realm, so that debuggers follow the inline source map and values are of the host's own types.
 *
 * @param filename what stacks and debuggers show for the bundle
 * @param globals what the bundle finds in place of this process's globals of that name, such as a test's `Date`
 * @throws SluiceError POLICY_BUNDLE when the text does not run or does not export a policy
 */
export function evaluateBundle(code: string, filename: string, globals?: Readonly<Record<string, unknown>>): PolicyBundle {
  const module: { exports: Partial<PolicyBundle> } = { exports: {} };
  try {
    const contextExtensions = globals === undefined ? [] : [globals];
    const run = compileFunction(code, ["module", "exports"], { filename, contextExtensions }) as (module: unknown, exports: unknown) => void;
    run(module, module.exports);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SluiceError("POLICY_BUNDLE", `${filename}: the policy cannot be loaded: ${reason}`, { cause: error });
  }
  const { createGuest, checkConfig } = module.exports;
  if (typeof createGuest !== "function" || typeof checkConfig !== "function") {
    throw new SluiceError("POLICY_BUNDLE", `${filename}: expected a compiled policy that exports createGuest and checkConfig`);
  }
  return { createGuest, checkConfig };
}
