import { compileFunction } from "node:vm";
import type { PolicyBundle } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { messageOf } from "../../thrown.js";

/** How a bundle is evaluated. */
export interface EvaluationOptions {
  /** What the bundle finds in place of this process's globals of that name, such as a test's `Date`. */
  globals?: Readonly<Record<string, unknown>>;
  /** Filled at the first evaluation and used at the next ones of the same text, which then take a quarter of the time. */
  codeCache?: CodeCache;
}

/** V8's code cache of a bundle. */
export interface CodeCache {
  data?: Buffer;
}

/**
 * Runs the CommonJS text of a compiled policy and returns what it exports. Every call makes a new instance with its own
 * module state; nothing but its result keeps it in memory.
 *
 * It runs in the main realm, so that debuggers follow the inline source map and values are of the host's own types.
 *
 * @param filename what stacks and debuggers show for the bundle
 * @throws SluiceError POLICY_BUNDLE when the text does not run or does not export a policy
 */
export function evaluateBundle(
  code: string,
  filename: string,
  { globals, codeCache }: EvaluationOptions = {},
): PolicyBundle {
  const module: { exports: Partial<PolicyBundle> } = { exports: {} };
  try {
    const contextExtensions = globals === undefined ? [] : [globals];
    const cachedData = codeCache?.data;
    const produceCachedData = codeCache !== undefined && cachedData === undefined;
    const compiled = compileFunction(code, ["module", "exports"], {
      filename,
      contextExtensions,
      cachedData,
      produceCachedData,
    });
    if (codeCache !== undefined && compiled.cachedData !== undefined) {
      codeCache.data = compiled.cachedData;
    }
    const run = compiled as (module: unknown, exports: unknown) => void;
    run(module, module.exports);
  } catch (error) {
    const reason = messageOf(error);
    throw new SluiceError("POLICY_BUNDLE", `${filename}: the policy cannot be loaded: ${reason}`, { cause: error });
  }
  const { createGuest, checkConfig } = module.exports;
  if (typeof createGuest !== "function" || typeof checkConfig !== "function") {
    throw new SluiceError(
      "POLICY_BUNDLE",
      `${filename}: expected a compiled policy that exports createGuest and checkConfig`,
    );
  }
  return { createGuest, checkConfig };
}
