/** What several readers of acorn's trees ask. */
import type { AnyNode, Expression, Node, PrivateIdentifier } from "acorn";

/** The parts of a node. */
export function childrenOf(node: Node): AnyNode[] {
  const children: AnyNode[] = [];
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value) {
        addNode(item, children);
      }
    } else if (typeof value === "object") {
      addNode(value, children);
    }
  }
  return children;
}

function addNode(value: unknown, nodes: AnyNode[]): void {
  if (typeof (value as Partial<AnyNode> | null | undefined)?.type === "string") {
    nodes.push(value as AnyNode);
  }
}

/** Calls `visit` with all nodes of a tree, in any order. */
export function visitAll(root: Node, visit: (node: AnyNode) => void): void {
  const nodes = [root as AnyNode];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    visit(node);
    for (const child of childrenOf(node)) {
      nodes.push(child);
    }
  }
}

/** The name of a member or a property; undefined where only the running code knows it, and for private ones. */
export function nameOf(key: Expression | PrivateIdentifier, computed: boolean): string | undefined {
  if (key.type === "Literal") {
    return String(key.value);
  }
  if (key.type === "TemplateLiteral" && key.expressions.length === 0) {
    return key.quasis[0]?.value.cooked ?? undefined;
  }
  return !computed && key.type === "Identifier" ? key.name : undefined;
}
