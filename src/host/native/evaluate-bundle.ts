import { Script } from "node:vm";
import type { PolicyBundle } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { messageOf } from "../../thrown.js";
import { keepingIntrinsics } from "./intrinsics.js";
import { boundNames, createPolicyWorld } from "./policy-world.js";

/** How a bundle is evaluated. */
export interface EvaluationOptions {
  /** What the bundle finds in place of this process's globals of that name, such as a test's `Date`. */
  globals?: Readonly<Record<string, unknown>>;
  /** Filled at the first evaluation and used at the next ones of the same text, which then share its code. */
  compiled?: CompiledBundle;
}

/** A bundle's text as V8 has compiled it. */
export interface CompiledBundle {
  script?: Script;
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
  { globals = {}, compiled = {} }: EvaluationOptions = {},
): PolicyBundle {
  const module: { exports: Partial<PolicyBundle> } = { exports: {} };
  try {
    const world = createPolicyWorld(globals);
    const script = (compiled.script ??= compile(code, filename));
    const bindNames = script.runInThisContext() as BindNames;
    const [scope, run] = Reflect.apply(bindNames, undefined, world.values);
    world.bind(scope);
    const changed = keepingIntrinsics(() => {
      Reflect.apply(run, world.globalThis, [module, module.exports]);
    });
    refuseChanges(changed);
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

/** Gives the bundle a policy's world: the variables that it finds, and the function that runs it. */
type BindNames = (...values: readonly unknown[]) => [scope: IArguments, run: (...given: unknown[]) => void];

/**
 * All on one line with the code's first, so that lines are the bundle's; in parentheses, so that all is compiled at once. In sloppy code
 * `arguments` and the parameters are the same variables.
 */
function compile(code: string, filename: string): Script {
  return new Script(
    `(function (${boundNames.join()}) {return [arguments, (function (module, exports) {${code}\n})];})`,
    { filename },
  );
}

/** @throws Error what a policy that is loaded must not do to others, with the names of what it has changed */
function refuseChanges(changed: readonly string[]): void {
  if (changed.length > 0) {
    throw new TypeError(
      `it changes ${changed.join(", ")}. The language's objects are shared by all policies, and read-only in a module of several; use a function of your own.`,
    );
  }
}
