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

const members = ["setBody", "properties", "request"] as const satisfies (keyof PolicyUses)[];

/** Only where one of these occurs at all there can be a use; most packages need not be parsed. */
const worthParsing = new RegExp(`\\b(?:${[...members, "onRequest", "onResponse", "onDone", "context"].join("|")})`);

const filters = /^on(?:Request|Response|Done)$/;

/**
 * What the policy may use. One too many costs time in every exchange. None is missing, unless a policy puts a name together at run time
 * and looks it up in something that is neither a parameter of a filter nor called `context`.
 *
 * @param code esbuild's output, not minified: a comment with its name stands in front of each file's code
 * @param inputs the names of all files
 * @param isWritten whether a file is the policy's own or a package's
 */
export function usesIn(code: string, inputs: ReadonlySet<string>, isWritten: (input: string) => boolean): PolicyUses {
  const names = new Set<string>();
  for (const text of writtenParts(code, inputs, isWritten)) {
    if (worthParsing.test(text) && members.some((member) => !names.has(member))) {
      collect(text, names);
    }
  }
  return { setBody: names.has("setBody"), properties: names.has("properties"), request: names.has("request") };
}

function writtenParts(code: string, inputs: ReadonlySet<string>, isWritten: (input: string) => boolean): string[] {
  const heads = [...code.matchAll(/^\/\/ (.+)$/gm)].filter(([, input = ""]) => inputs.has(input));
  return heads.flatMap(({ 1: input = "", index }, place) =>
    isWritten(input) ? [code.slice(index, heads[place + 1]?.index)] : [],
  );
}

/** Adds the names by which members are asked for; all that matter, where they cannot be known. */
function collect(text: string, names: Set<string>): void {
  let program: Node;
  try {
    program = parse(text, { ecmaVersion: "latest", sourceType: "script", allowReturnOutsideFunction: true });
  } catch {
    addAll(names);
    return;
  }
  const contexts = new Set(["context"]);
  const lookedUpIn = new Set<string>();
  const nodes: AnyNode[] = [program as AnyNode];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    if (node.type === "MemberExpression") {
      const name = keyOf(node.property, node.computed);
      if (name !== undefined) {
        names.add(name);
      } else if (node.object.type === "Identifier") {
        lookedUpIn.add(plainName(node.object.name));
      }
    } else if (node.type === "ObjectPattern") {
      for (const property of node.properties) {
        addKey(property, names);
      }
    } else if (node.type === "Property" && filters.test(keyOf(node.key, node.computed) ?? "")) {
      for (const parameter of parametersOf(node.value)) {
        contexts.add(parameter);
      }
    }
    nodes.push(...(childrenOf(node) as AnyNode[]));
  }
  if ([...lookedUpIn].some((name) => contexts.has(name))) {
    addAll(names);
  }
}

function addAll(names: Set<string>): void {
  for (const member of members) {
    names.add(member);
  }
}

function addKey(property: AssignmentProperty | RestElement, names: Set<string>): void {
  if (property.type === "RestElement") {
    return;
  }
  const name = keyOf(property.key, property.computed);
  if (name === undefined) {
    addAll(names);
  } else {
    names.add(name);
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
