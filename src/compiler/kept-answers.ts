/**
 * Answers that a policy makes of the same parts again and again, nearly always the same ones: each place keeps the last that it made,
 * and gives it again where the parts are equal. Answers never change, so nobody can tell; an interpreter takes longer for making one
 * than for all the rest of an exchange. For modules only: a debugger would step through it.
 *
 *     return Flow.Break(new Response(401).withBody(`no ${config.what}`));
 *
 * becomes
 *
 *     {if(KEPT.answer!==void 0&&KEPT.a===config.what)return KEPT.answer;
 *     KEPT.m=Flow.Break(new Response(401).withBody(`no ${config.what}`));return KEPT.keep(config.what)}
 */
import type { CallExpression, Expression, Node, Property, ReturnStatement, SpreadElement } from "acorn";
import type { KitNames } from "./kit-names.js";
import { applyEdits, childrenOf, definitionsIn, type Edit } from "./policy-definitions.js";

/** The names that an answer is known by. */
type AnswerNames = Pick<KitNames, "definePolicy" | "Flow" | "Response" | "KeptAnswer">;

/** The fields of the guest's class of such a place, for the parts. */
const partFields = ["a", "b", "c", "d"] as const;
/** What the assignment takes the place of, and is as long as. */
const keyword = "return ";

/** The same code with answers in `definePolicy({ … })` kept. Lines and columns of all that there was stay. */
export function keepAnswers(code: string, names: AnswerNames): string {
  const edits: Edit[] = [];
  const places: string[] = [];
  const definitions = definitionsIn(code, names.definePolicy);
  const decisions = new Set(definitions.flatMap(decisionsOf));
  for (const statement of definitions.flatMap(returnsOf)) {
    const name = `$$${places.length.toString(36)}`;
    const isFlow =
      statement.argument?.type === "CallExpression" && code.startsWith(`${names.Flow}.`, statement.argument.start);
    const keep = decisions.has(statement) && !isFlow ? "decide" : "keep";
    const kept = code.includes(name) ? undefined : keptReturn(code, statement, name, keep, names);
    if (kept === undefined) {
      continue;
    }
    edits.push(...kept);
    places.push(name);
  }
  return places.length === 0
    ? code
    : `${applyEdits(code, edits)}var ${places.map((place) => `${place} = new ${names.KeptAnswer}()`).join(", ")};\n`;
}

function keptReturn(
  code: string,
  { start, end, argument }: ReturnStatement,
  name: string,
  keep: "decide" | "keep",
  names: AnswerNames,
): Edit[] | undefined {
  const parts = argument === null || argument === undefined ? undefined : answerParts(code, argument, names);
  const lineStart = code.lastIndexOf("\n", start) + 1;
  const assignment = `${name}.m=`;
  // Only what stands alone on its lines can be put between others.
  if (parts === undefined || lineStart === 0 || code.slice(lineStart, start).trim() !== "" || code[end - 1] !== ";") {
    return undefined;
  }
  const before = code.slice(code.lastIndexOf("\n", lineStart - 2) + 1, lineStart - 1);
  if (before.includes("//") || parts.length > partFields.length) {
    return undefined;
  }
  const equal = parts.map((part, index) => `&&${name}.${partFields[index] ?? ""}===${part}`).join("");
  return [
    { start: lineStart - 1, end: lineStart - 1, text: `{if(${name}.answer!==void 0${equal})return ${name}.answer;` },
    { start, end: start + keyword.length, text: assignment.padEnd(keyword.length) },
    { start: end, end, text: `return ${name}.${keep}(${parts.join(",")})}` },
  ];
}

/** What an answer is made of besides constants; undefined: it is no answer, or depends on more than its parts. */
function answerParts(code: string, answer: Expression, names: AnswerNames): string[] | undefined {
  const parts = new Set<string>();
  const isPart = (node: Expression | SpreadElement): boolean => {
    if (!isPath(node)) {
      return false;
    }
    parts.add(code.slice(node.start, node.end));
    return true;
  };
  return isAnswer(answer, isPart, names) ? [...parts] : undefined;
}

type IsPart = (node: Expression | SpreadElement) => boolean;

/** A response, or `Flow.Break(…)` with one. */
function isAnswer(node: Expression, isPart: IsPart, names: AnswerNames): boolean {
  if (node.type !== "CallExpression" || node.optional || node.callee.type !== "MemberExpression") {
    return isResponse(node, isPart, names);
  }
  const { object } = node.callee;
  if (object.type !== "Identifier" || object.name !== names.Flow || memberName(node.callee) !== "Break") {
    return isResponse(node, isPart, names);
  }
  const [response, ...more] = node.arguments;
  return more.length === 0 && response !== undefined && isResponse(response, isPart, names);
}

/** `new Response(…).withHeaders(…).withBody(…)` */
function isResponse(node: Node, isPart: IsPart, names: AnswerNames): boolean {
  const made = node as Expression;
  if (made.type === "NewExpression") {
    return (
      made.callee.type === "Identifier" &&
      made.callee.name === names.Response &&
      made.arguments.every((each) => isMade(each, isPart))
    );
  }
  if (made.type !== "CallExpression" || made.optional || made.callee.type !== "MemberExpression") {
    return false;
  }
  return (
    ["withHeaders", "withBody"].includes(memberName(made.callee)) &&
    isResponse(made.callee.object, isPart, names) &&
    made.arguments.every((each) => isMade(each, isPart))
  );
}

/** Whether a value is made of constants and parts, and of nothing else. */
function isMade(node: Expression | SpreadElement, isPart: IsPart): boolean {
  switch (node.type) {
    case "Literal":
      return !("regex" in node);
    case "TemplateLiteral":
      return node.expressions.every((each) => isMade(each, isPart));
    case "BinaryExpression":
      return node.operator === "+" && isMade(node.left as Expression, isPart) && isMade(node.right, isPart);
    case "ArrayExpression":
      return node.elements.every((each) => each !== null && isMade(each, isPart));
    case "ObjectExpression":
      return node.properties.every((each) => isPlain(each) && isMade(each.value, isPart));
    default:
      return isPart(node);
  }
}

function isPlain(property: Node): property is Property {
  const { type, kind, computed, method, key } = property as Property;
  return (
    type === "Property" &&
    kind === "init" &&
    !computed &&
    !method &&
    !(key.type === "Identifier" && key.name === "__proto__")
  );
}

/** A name, or properties of what it names. */
function isPath(node: Node): boolean {
  const path = node as Expression;
  if (path.type === "Identifier") {
    return true;
  }
  return (
    path.type === "MemberExpression" &&
    !path.computed &&
    !path.optional &&
    path.property.type === "Identifier" &&
    isPath(path.object)
  );
}

function memberName({
  computed,
  optional,
  property,
}: {
  computed: boolean;
  optional: boolean;
  property: Node;
}): string {
  return !computed && !optional && property.type === "Identifier" ? ((property as { name?: string }).name ?? "") : "";
}

/** What request filters return themselves, not the functions inside them: nobody sees it but the guest. */
function decisionsOf({ arguments: [definition] }: CallExpression): ReturnStatement[] {
  const properties = definition?.type === "ObjectExpression" ? definition.properties : [];
  return properties.flatMap((property) =>
    property.type === "Property" && memberOf(property) === "onRequest" && property.value.type === "FunctionExpression"
      ? ownReturns(property.value.body)
      : [],
  );
}

function memberOf({ computed, key }: Property): string | undefined {
  return !computed && key.type === "Identifier" ? key.name : undefined;
}

function ownReturns(node: Node): ReturnStatement[] {
  const inside = childrenOf(node)
    .filter(({ type }) => !/Function|Class|^Property$/.test(type))
    .flatMap(ownReturns);
  return node.type === "ReturnStatement" ? [node as ReturnStatement, ...inside] : inside;
}

function returnsOf(node: Node): ReturnStatement[] {
  const inside = childrenOf(node).flatMap(returnsOf);
  return node.type === "ReturnStatement" ? [node as ReturnStatement, ...inside] : inside;
}
