/** The calls of `definePolicy` in a bundle, as syntax trees, and changes to the bundle's text. */

import { type CallExpression, type Expression, type Node, parseExpressionAt } from "acorn";

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

export function applyEdits(code: string, edits: Edit[]): string {
  let result = code;
  for (const { start, end, text } of edits.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + text + result.slice(end);
  }
  return result;
}
