/** The calls of `definePolicy` in a bundle, as syntax trees, and changes to the bundle's text. */

import { type CallExpression, type Expression, type Node, parseExpressionAt } from "acorn";
import { SluiceError } from "../errors.js";

/** A change: the text between `start` and `end` becomes `text`. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/**
 * `definePolicy({ … })`, wherever it stands.
 *
 * @param definePolicy what the bundle calls the kit's function
 */
export function definitionsIn(code: string, definePolicy: string): CallExpression[] {
  return [...code.matchAll(new RegExp(`(?<![.\\w$])${definePolicy}\\(\\{`, "g"))].flatMap(
    ({ index }) => callAt(code, index) ?? [],
  );
}

function callAt(code: string, index: number): CallExpression | undefined {
  let call: Expression;
  try {
    // The call alone: parsing the whole bundle would take most of a reload's time.
    call = parseExpressionAt(code, index, { ecmaVersion: "latest", ranges: true });
  } catch {
    return undefined; // the text stands in a comment or a string
  }
  return call.type === "CallExpression" ? call : undefined;
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof (value as Partial<Node> | null)?.type === "string");
}

/** The text with these changes, none of which overlap. Those at the same place stand in their order. */
export function applyEdits(code: string, edits: readonly Edit[]): string {
  let result = "";
  let done = 0;
  for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < done) {
      throw new SluiceError("INTERNAL", "The compiler changes one part of a bundle twice.");
    }
    result += code.slice(done, start) + text;
    done = end;
  }
  return result + code.slice(done);
}
