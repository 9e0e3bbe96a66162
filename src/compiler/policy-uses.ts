/**
 * Finds what a policy uses of the kit: in the syntax of its own files and its packages, as they are in the bundle. Comments, texts and
 * variables of the same names are no uses.
 */
import {
  type AnyNode,
  type AssignmentProperty,
  type Expression,
  type Node,
  type PrivateIdentifier,
  parse,
  type RestElement,
} from "acorn";
import type { PolicyUses } from "../abi/policy-uses.js";
import { childrenOf } from "./policy-definitions.js";

const members = ["setBody", "transform", "properties", "request"] as const satisfies (keyof PolicyUses)[];

const either = `(?:${members.join("|")})\\b`;

/** Where none of this occurs there is no use; most packages need not be parsed. */
const worthParsing = new RegExp(
  `\\.\\s*${either}|[{,]\\s*${either}\\s*[:,}=]|["'\`]${either}|\\bon(?:Request|Response|Done)\\b|\\bcontext\\d*(?:\\?\\.)?\\[`,
);

const filters = /^on(?:Request|Response|Done)$/;

/** A file of the bundle, as esbuild names it. */
type IsFile = (input: string) => boolean;

/**
 * What the policy may use. One too many costs time in every exchange. None is missing, unless a policy puts a name together at run time
 * and looks it up in something that is neither a parameter of a filter nor called `context`.
 *
 * @param code esbuild's output, not minified: a comment with its name stands in front of each file's code
 * @param inputs the names of all files
 */
export function usesIn(code: string, inputs: ReadonlySet<string>, isOwn: IsFile, isOfPackage: IsFile): PolicyUses {
  const heads = [...code.matchAll(/^\/\/ (.+)$/gm)].filter(([, input = ""]) => inputs.has(input));
  const parts = heads.map(({ 1: input = "", index }, place) => ({
    input,
    text: code.slice(index, heads[place + 1]?.index),
  }));
  const own = new Names();
  for (const { text } of parts.filter(({ input }) => isOwn(input))) {
    own.add(text);
  }
  const all = new Names(own);
  for (const { text } of parts.filter(({ input }) => isOfPackage(input))) {
    if (worthParsing.test(text) && !members.every((member) => all.has(member))) {
      all.add(text);
    }
  }
  return {
    setBody: all.has("setBody"),
    transform: all.has("transform"),
    properties: all.has("properties"),
    request: all.has("request"),
    ...(!own.unknown && { named: [...own.known].sort() }),
  };
}

/** The names by which members are asked for. */
class Names {
  readonly known: Set<string>;
  /** There are more, which cannot be known. */
  unknown: boolean;

  constructor(others?: Names) {
    this.known = new Set(others?.known);
    this.unknown = others?.unknown ?? false;
  }

  has(name: string): boolean {
    return this.unknown || this.known.has(name);
  }

  add(text: string): void {
    let program: Node;
    try {
      program = parse(text, { ecmaVersion: "latest", sourceType: "script", allowReturnOutsideFunction: true });
    } catch {
      this.unknown = true;
      return;
    }
    const contexts = new Set(["context"]);
    const lookedUpIn = new Set<string>();
    const nodes: AnyNode[] = [program as AnyNode];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      if (node.type === "MemberExpression") {
        const name = keyOf(node.property, node.computed);
        if (name !== undefined) {
          this.known.add(name);
        } else if (node.object.type === "Identifier") {
          lookedUpIn.add(plainName(node.object.name));
        }
      } else if (node.type === "ObjectPattern") {
        for (const property of node.properties) {
          this.#addKey(property);
        }
      } else if (node.type === "Property" && filters.test(keyOf(node.key, node.computed) ?? "")) {
        for (const parameter of parametersOf(node.value)) {
          contexts.add(parameter);
        }
      }
      pushChildren(node, nodes);
    }
    this.unknown ||= [...lookedUpIn].some((name) => contexts.has(name));
  }

  #addKey(property: AssignmentProperty | RestElement): void {
    const name = property.type === "RestElement" ? "" : keyOf(property.key, property.computed);
    if (name === undefined) {
      this.unknown = true;
    } else {
      this.known.add(name);
    }
  }
}

/** As `childrenOf`, for many nodes. */
function pushChildren(node: Node, nodes: AnyNode[]): void {
  for (const key in node) {
    const value = (node as unknown as Record<string, unknown>)[key];
    if (Array.isArray(value)) {
      for (const item of value as (Partial<AnyNode> | null)[]) {
        pushNode(item, nodes);
      }
    } else if (typeof value === "object") {
      pushNode(value, nodes);
    }
  }
}

function pushNode(value: object | null | undefined, nodes: AnyNode[]): void {
  if (typeof (value as Partial<AnyNode> | null | undefined)?.type === "string") {
    nodes.push(value as AnyNode);
  }
}

/** The name that is asked for; undefined where only the running policy knows it. */
function keyOf(key: Expression | PrivateIdentifier, computed: boolean): string | undefined {
  if (key.type === "Literal") {
    return String(key.value);
  }
  if (key.type === "TemplateLiteral" && key.expressions.length === 0) {
    return key.quasis[0]?.value.cooked ?? undefined;
  }
  return !computed && key.type === "Identifier" ? key.name : computed ? undefined : "";
}

/** The names of a filter's parameters, also of those that the compiler has moved into a generator function. */
function parametersOf(node: AnyNode): string[] {
  const own =
    node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
      ? node.params
          .map((parameter) => (parameter.type === "AssignmentPattern" ? parameter.left : parameter))
          .flatMap((parameter) => (parameter.type === "Identifier" ? plainName(parameter.name) : []))
      : [];
  const inside = (childrenOf(node) as AnyNode[]).filter(({ type }) => type !== "ArrowFunctionExpression");
  return [...own, ...inside.flatMap(parametersOf)];
}

/** As the policy has it: bundlers number a name that occurs twice. */
function plainName(name: string): string {
  return name.replace(/\d+$/, "");
}
