/**
 * Async functions become generators, on every engine: a filter that is cancelled ends like a generator's `return()`, and
 * the same code runs everywhere. esbuild does the lowering; the helpers that drive the generators are changed here.
 */
import { SluiceError } from "../errors.js";
import type { Edit } from "./edits.js";
import { helpersEnd, type KitNames } from "./kit-names.js";

/** esbuild's `supported` setting that lowers all async syntax. */
export const loweredSyntax = {
  "async-await": false,
  "async-generator": false,
  "for-await": false,
  "top-level-await": false,
} as const;

export interface Lowered {
  edits: Edit[];
  /** What the code calls esbuild's helper: (thisArg, arguments, generatorFunction) => promise. Empty: nothing in it is async. */
  asyncHelper: string;
}

const asyncHelper = /^var (__async\d*) = \(__this, __arguments, generator\) => \{\n(?:  .*\n)+\};$/m;
const asyncGenerator = /^var __asyncGenerator\d* = /m;

/** In esbuild's helper for async generators: after an await, resume with `return` again if it was a `return` before. */
const resumeAfterAwait = 'k === "return" ? k : "next"';

/**
 * What replaces esbuild's helpers in a bundle, and nobody else's of the same names and texts; the number of lines stays the same, so that
 * the source map stays valid.
 *
 * - `__async` calls the guest's driver.
 * - `__asyncGenerator` ends a `finally` at its first `await` when the generator is returned from (esbuild 0.28.2); only
 *   what comes from a `yield*` may be returned again.
 */
export function asyncHelperEdits(code: string, { sluiceAsync }: KitNames): Lowered {
  const helpers = code.slice(0, helpersEnd(code));
  const driver = driverIn(code, sluiceAsync);
  const found = asyncHelper.exec(helpers);
  // The guest itself is async, so that every bundle with it has the helper.
  if (driver === undefined || (found === null && driver === sluiceAsync)) {
    throw new SluiceError("INTERNAL", "The compiler did not find the async helper in esbuild's output.");
  }
  const [text = "", name = ""] = found ?? [];
  const edits: Edit[] = [];
  if (found !== null) {
    const { index: start } = found;
    const lines = "\n".repeat(text.split("\n").length - 1);
    edits.push({ start, end: start + text.length, text: `var ${name} = ${driver};${lines}` });
  }
  if (asyncGenerator.test(helpers)) {
    const at = helpers.indexOf(resumeAfterAwait);
    if (at < 0) {
      throw new SluiceError("INTERNAL", "The compiler did not find the async generator helper in esbuild's output.");
    }
    edits.push({ start: at, end: at + resumeAfterAwait.length, text: 'k === "return" && v[1] ? k : "next"' });
  }
  return { edits, asyncHelper: name };
}

/** What drives generators: the guest's function or, without the kit, what the code gets it by. The helpers come before both. */
function driverIn(code: string, sluiceAsync: string): string | undefined {
  return code.includes(`\nfunction ${sluiceAsync}(`)
    ? sluiceAsync
    : new RegExp(`^var ${sluiceAsync.replaceAll("$", "\\$")} = (.*);$`, "m").exec(code)?.[1];
}
