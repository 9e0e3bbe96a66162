/** Syntax trees (ESTree) as this check reads them: those of acorn, of ESLint's parsers, and TypeScript's nodes among them. */

/** A node; what else it has depends on its type. */
export interface Syntax {
  readonly type: string;
  readonly [part: string]: unknown;
}

/** Fields that are nodes, or hold some, and are no parts of the node. */
const noParts = new Set(["parent", "tokens", "comments", "loc", "range"]);

/** The part of that name, if there is one. */
export function part(node: Syntax, name: string): Syntax | undefined {
  return asSyntax(node[name]);
}

/** The parts in a list of that name. */
export function partsOf(node: Syntax, name: string): Syntax[] {
  return [node[name]].flat().flatMap((value) => asSyntax(value) ?? []);
}

/** All parts, in order. */
export function allParts(node: Syntax): Syntax[] {
  return Object.keys(node)
    .filter((name) => !noParts.has(name))
    .flatMap((name) => partsOf(node, name));
}

/** The name behind the dot, or in brackets and quotes. */
export function memberName(node: Syntax): string | undefined {
  const property = part(node, "property");
  return property === undefined ? undefined : keyName(property, node["computed"] === true);
}

/** What a key in an object or behind a dot says. */
export function keyName(key: Syntax, computed: boolean): string | undefined {
  const name = key.type === "Literal" ? key["value"] : key.type === "Identifier" && !computed ? key["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}

/** An expression without what only TypeScript sees in it, and without the node around `?.`. */
export function plain(node: Syntax | undefined): Syntax | undefined {
  return node !== undefined && wrappers.has(node.type) ? plain(part(node, "expression")) : node;
}

const wrappers = new Set([
  "ChainExpression",
  "TSAsExpression",
  "TSNonNullExpression",
  "TSSatisfiesExpression",
  "TSTypeAssertion",
]);

export function isFunction({ type }: Syntax): boolean {
  return type === "FunctionExpression" || type === "ArrowFunctionExpression" || type === "FunctionDeclaration";
}

function asSyntax(value: unknown): Syntax | undefined {
  return typeof (value as Partial<Syntax> | null | undefined)?.type === "string" ? (value as Syntax) : undefined;
}
