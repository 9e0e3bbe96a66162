/**
 * Finds what a policy uses of the kit: in the syntax of its own files and its packages, as they are in the bundle. Comments, texts and
 * variables of the same names are no uses.
 */
import type { AnyNode, AssignmentProperty, Node, RestElement } from "acorn";
import type { PolicyUses } from "../abi/policy-uses.js";
import type { BundleSyntax } from "./bundle-syntax.js";
import { childrenOf, nameOf, visitAll } from "./syntax-tree.js";

const members = ["setBody", "properties", "request"] as const satisfies (keyof PolicyUses)[];

const either = `(?:${members.join("|")})\\b`;

/** Where none of this occurs there is no use; most packages need not be parsed. */
const worthParsing = new RegExp(
  `\\.\\s*${either}|[{,]\\s*${either}\\s*[:,}=]|["'\`]${either}|\\bon(?:Request|Response|Done)\\b|\\bcontext\\d*(?:\\?\\.)?\\[`,
);

const filters = /^on(?:Request|Response|Done)$/;

/**
 * What the policy may use. One too many costs time in every exchange. None is missing, unless a policy puts a name together at run time
 * and looks it up in something that is neither a parameter of a filter nor called `context`.
 */
export function usesIn({ parts }: Pick<BundleSyntax, "parts">): PolicyUses {
  const own = new Names();
  for (const { program } of parts.filter(({ origin }) => origin === "own")) {
    own.add(program);
  }
  const all = new Names(own);
  for (const part of parts.filter(({ origin }) => origin === "package")) {
    if (worthParsing.test(part.text) && !members.every((member) => all.has(member))) {
      all.add(part.program);
    }
  }
  return {
    setBody: all.has("setBody"),
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

  /** Those in the tree of a file, if it could be read. */
  add(program: Node | undefined): void {
    if (program === undefined) {
      this.unknown = true;
      return;
    }
    const contexts = new Set(["context"]);
    const lookedUpIn = new Set<string>();
    visitAll(program, (node) => {
      if (node.type === "MemberExpression" && node.property.type !== "PrivateIdentifier") {
        const name = nameOf(node.property, node.computed);
        if (name !== undefined) {
          this.known.add(name);
        } else if (node.object.type === "Identifier") {
          lookedUpIn.add(plainName(node.object.name));
        }
      } else if (node.type === "ObjectPattern") {
        for (const property of node.properties) {
          this.#addKey(property);
        }
      } else if (node.type === "Property" && filters.test(nameOf(node.key, node.computed) ?? "")) {
        for (const parameter of parametersOf(node.value)) {
          contexts.add(parameter);
        }
      }
    });
    this.unknown ||= [...lookedUpIn].some((name) => contexts.has(name));
  }

  #addKey(property: AssignmentProperty | RestElement): void {
    const name = property.type === "RestElement" ? "" : nameOf(property.key, property.computed);
    if (name === undefined) {
      this.unknown = true;
    } else {
      this.known.add(name);
    }
  }
}

/** The names of a filter's parameters, also of those that the compiler has moved into a generator function. */
function parametersOf(node: AnyNode): string[] {
  const own =
    node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
      ? node.params
          .map((parameter) => (parameter.type === "AssignmentPattern" ? parameter.left : parameter))
          .flatMap((parameter) => (parameter.type === "Identifier" ? plainName(parameter.name) : []))
      : [];
  const inside = childrenOf(node).filter(({ type }) => type !== "ArrowFunctionExpression");
  return [...own, ...inside.flatMap(parametersOf)];
}

/** As the policy has it: bundlers number a name that occurs twice. */
function plainName(name: string): string {
  return name.replace(/\d+$/, "");
}
