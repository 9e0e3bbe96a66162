/**
 * `Function` and `eval` as policies find them, on every engine: a module carries no compiler, so nothing makes code of text. Reached as
 * a function's `constructor`, `Function` is the engine's own.
 */
import { SluiceError } from "../errors.js";

function refuse(call: string): never {
  throw new SluiceError(
    "NO_COMPILER",
    `${call} was called, but a policy cannot make code of text. Write the code, or a table of functions; if a package calls it, see whether it has a mode without.`,
  );
}

/** How packages ask for the global object where they find no other name of it. */
const returnsThis = /^\s*return this;?\s*$/;
const world = globalThis;

function make(call: string, texts: readonly unknown[]): () => unknown {
  return texts.length === 1 && returnsThis.test(String(texts[0])) ? () => world : refuse(call);
}

/** The type of all functions, which makes none. */
const functionType: unknown = new Proxy(Function, {
  apply: (_function, _self, texts) => make("Function()", texts),
  construct: (_function, texts) => make("new Function()", texts),
});

const evaluate = (code: unknown): unknown => (typeof code === "string" ? refuse("eval()") : code);

export const noCompiler = { Function: functionType, eval: evaluate };
