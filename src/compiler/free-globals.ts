/** Finds the globals that a bundle uses. */
import type { Identifier, Program } from "acorn";
import { analyze } from "eslint-scope";

/** A use of a name that the code does not declare. */
export interface FreeGlobal {
  name: string;
  /** Where it stands in the code. */
  start: number;
  /** It stands behind `typeof`, where a name may be missing. */
  guard: boolean;
  /** It makes code of a text: `eval(…)`, `Function(…)`, `new Function(…)`. */
  compiles: boolean;
}

/** By `Function("return this")` packages ask for the global object, and get it. */
const compiling = /^(?:eval|Function)\s*\((?!\s*(["'`])return this;?\1\s*\))/;

/** The uses in a CommonJS text, in order. Assignments are left out. `program` is its tree. */
export function freeGlobals(code: string, program: Program): FreeGlobal[] {
  const { globalScope } = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: "commonjs",
    ignoreEval: true,
  });
  return (globalScope?.through ?? [])
    .filter((reference) => reference.isRead())
    .map(({ identifier }) => {
      const { name, start } = identifier as unknown as Identifier;
      return {
        name,
        start,
        compiles: compiling.test(code.slice(start, start + 64)),
        guard: /\btypeof\s*\(?\s*$/.test(code.slice(Math.max(0, start - 16), start)),
      };
    });
}
