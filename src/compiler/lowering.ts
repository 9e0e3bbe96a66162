/**
 * Async functions become generators, on every engine: a filter that is cancelled ends like a generator's `return()`, and
 * the same code runs everywhere. esbuild does the lowering; the helpers that drive the generators are changed here.
 */
import { SluiceError } from "../errors.js";

/** esbuild's `supported` setting that lowers all async syntax. */
export const loweredSyntax = {
  "async-await": false,
  "async-generator": false,
  "for-await": false,
  "top-level-await": false,
} as const;

/** The guest's function that drives a lowered async function: (thisArg, arguments, generatorFunction) => promise. */
export const asyncDriver = "sluiceAsync";

const asyncHelper = /^var __async = \(__this, __arguments, generator\) => \{\n(?:  .*\n)+\};$/m;

/** In esbuild's helper for async generators: after an await, resume with `return` again if it was a `return` before. */
const resumeAfterAwait = 'k === "return" ? k : "next"';

/**
 * Replaces esbuild's helpers in a bundle that exports {@link asyncDriver}; the number of lines stays the same, so that
 * the source map stays valid.
 *
 * - `__async` calls the guest's driver.
 * - `__asyncGenerator` ends a `finally` at its first `await` when the generator is returned from (esbuild 0.28.2); only
 *   what comes from a `yield*` may be returned again.
 */
export function replaceAsyncHelpers(code: string): string {
  let replaced = code;
  if (code.includes("__async(")) {
    const helper = asyncHelper.exec(replaced);
    const driver = new RegExp(`\\b${asyncDriver}: \\(\\) => (\\w+)`).exec(replaced)?.[1];
    if (helper === null || driver === undefined || !replaced.includes(`function ${driver}(`)) {
      throw new SluiceError("INTERNAL", "The compiler did not find the async helper in esbuild's output.");
    }
    const lines = helper[0].split("\n").length;
    replaced = replaced.replace(asyncHelper, () => `var __async = ${driver};${"\n".repeat(lines - 1)}`);
  }
  if (code.includes("__asyncGenerator(")) {
    if (!replaced.includes(resumeAfterAwait)) {
      throw new SluiceError("INTERNAL", "The compiler did not find the async generator helper in esbuild's output.");
    }
    replaced = replaced.replace(resumeAfterAwait, () => 'k === "return" && v[1] ? k : "next"');
  }
  return replaced;
}
