/**
 * Async functions become generators, on every engine: a filter that is cancelled ends like a generator's `return()`, and
 * the same code runs everywhere. esbuild does the lowering; the helpers that drive the generators are changed here.
 */
import { SluiceError } from "../errors.js";
import { helpersEnd, type KitNames } from "./kit-names.js";

/** esbuild's `supported` setting that lowers all async syntax. */
export const loweredSyntax = {
  "async-await": false,
  "async-generator": false,
  "for-await": false,
  "top-level-await": false,
} as const;

export interface Lowered {
  code: string;
  /** What the code calls esbuild's helper: (thisArg, arguments, generatorFunction) => promise. undefined: nothing in it is async. */
  asyncHelper: string | undefined;
}

const asyncHelper = /^var (__async\d*) = \(__this, __arguments, generator\) => \{\n(?:  .*\n)+\};$/m;
const asyncGenerator = /^var __asyncGenerator\d* = /m;

/** In esbuild's helper for async generators: after an await, resume with `return` again if it was a `return` before. */
const resumeAfterAwait = 'k === "return" ? k : "next"';

/**
 * Replaces esbuild's helpers in a bundle, and nobody else's of the same names and texts; the number of lines stays the same, so that
 * the source map stays valid.
 *
 * - `__async` calls the guest's driver.
 * - `__asyncGenerator` ends a `finally` at its first `await` when the generator is returned from (esbuild 0.28.2); only
 *   what comes from a `yield*` may be returned again.
 */
export function replaceAsyncHelpers(code: string, { sluiceAsync }: KitNames): Lowered {
  const end = helpersEnd(code);
  let helpers = code.slice(0, end);
  const driver = driverIn(code, sluiceAsync);
  const [text, name] = asyncHelper.exec(helpers) ?? [];
  // The guest itself is async, so that every bundle with it has the helper.
  if (driver === undefined || (text === undefined && driver === sluiceAsync)) {
    throw new SluiceError("INTERNAL", "The compiler did not find the async helper in esbuild's output.");
  }
  if (text !== undefined) {
    helpers = helpers.replace(text, () => `var ${name} = ${driver};${"\n".repeat(text.split("\n").length - 1)}`);
  }
  if (asyncGenerator.test(helpers)) {
    if (!helpers.includes(resumeAfterAwait)) {
      throw new SluiceError("INTERNAL", "The compiler did not find the async generator helper in esbuild's output.");
    }
    helpers = helpers.replace(resumeAfterAwait, () => 'k === "return" && v[1] ? k : "next"');
  }
  return { code: helpers + code.slice(end), asyncHelper: name };
}

/** What drives generators: the guest's function or, without the kit, what the code gets it by. The helpers come before both. */
function driverIn(code: string, sluiceAsync: string): string | undefined {
  return code.includes(`\nfunction ${sluiceAsync}(`)
    ? sluiceAsync
    : new RegExp(`^var ${escaped(sluiceAsync)} = (.*);$`, "m").exec(code)?.[1];
}

function escaped(name: string): string {
  return name.replaceAll("$", "\\$");
}
