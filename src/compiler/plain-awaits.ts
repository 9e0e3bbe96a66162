/**
 * Awaits of a filter that never wait: `await request.intoHeadersState()` gives `request`, so that is put in its place. A filter that
 * awaits nothing else then runs as a plain function, which takes an interpreter half the time of a generator.
 */
import type { CallExpression, Expression, FunctionExpression, Identifier, Node, YieldExpression } from "acorn";
import { analyze } from "eslint-scope";
import type { Edit } from "./edits.js";
import { childrenOf } from "./syntax-tree.js";

const awaited = "intoHeadersState";

interface PlainAwaits {
  /** The expressions, and what stands in their places: as long, so that the source map stays valid. */
  edits: Edit[];
  /** Nothing is left that the filter awaits. */
  all: boolean;
}

/**
 * Those in `body`, the generator function of a filter whose first parameter is that of `owner`. `call` holds both.
 */
export function plainAwaits(
  code: string,
  call: CallExpression,
  owner: FunctionExpression,
  body: FunctionExpression,
): PlainAwaits {
  const states = unchangedReferences(call, owner);
  const awaits = yieldsOf(body);
  const edits = awaits.flatMap((node) => {
    const state = awaitedState(node);
    const { start, end } = node;
    if (state === undefined || !states.has(state) || code.slice(start, end).includes("\n")) {
      return [];
    }
    return [{ start, end, text: `${" ".repeat(state.start - start)}${state.name}`.padEnd(end - start) }];
  });
  return { edits, all: edits.length === awaits.length };
}

/** All mentions of a function's first parameter, if it is a name that always means what the function was given. */
function unchangedReferences(call: CallExpression, owner: FunctionExpression): ReadonlySet<unknown> {
  const [first] = owner.params;
  if (first?.type !== "Identifier") {
    return new Set();
  }
  const program = { type: "Program", sourceType: "script", body: [{ type: "ExpressionStatement", expression: call }] };
  const scopes = analyze(program as unknown as Parameters<typeof analyze>[0], {
    ecmaVersion: 2022,
    sourceType: "script",
    ignoreEval: true,
  });
  const variable = scopes.acquire(owner as unknown as Parameters<typeof scopes.acquire>[0], true)?.set.get(first.name);
  const references = variable?.references ?? [];
  return new Set(
    references.some((reference) => reference.isWrite()) ? [] : references.map(({ identifier }) => identifier),
  );
}

/** The `state` of `yield state.intoHeadersState()`. */
function awaitedState({ argument, delegate }: YieldExpression): Identifier | undefined {
  if (delegate || argument?.type !== "CallExpression" || argument.optional || argument.arguments.length > 0) {
    return undefined;
  }
  const { callee } = argument;
  if (callee.type !== "MemberExpression" || callee.computed || callee.optional) {
    return undefined;
  }
  const { object, property } = callee as { object: Expression; property: Expression };
  return object.type === "Identifier" && property.type === "Identifier" && property.name === awaited
    ? object
    : undefined;
}

/** What the function itself yields, not those inside it. */
function yieldsOf(body: FunctionExpression): YieldExpression[] {
  const found: YieldExpression[] = [];
  const visit = (node: Node): void => {
    if (node.type === "YieldExpression") {
      found.push(node as YieldExpression);
    }
    for (const child of childrenOf(node)) {
      if (!/Function/.test(child.type)) {
        visit(child);
      }
    }
  };
  visit(body);
  return found;
}
