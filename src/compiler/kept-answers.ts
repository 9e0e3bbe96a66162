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
 *     KEPT.made= Flow.Break(new Response(401).withBody(`no ${config.what}`));return KEPT.keep(config.what)}
 *
 * on the lines that it had.
 */
import type { CallExpression, Expression, Node, Property, ReturnStatement, SpreadElement } from "acorn";
import type { Edit } from "./edits.js";
import type { KitNames } from "./kit-names.js";
import { nameOf, visitAll } from "./syntax-tree.js";

/** The names that an answer is known by. */
type AnswerNames = Pick<KitNames, "Flow" | "Response" | "KeptAnswer">;

/** The fields of the guest's class of such a place, for the parts. */
const partFields = ["a", "b", "c", "d"] as const;
/** What the assignment takes the place of. */
const keyword = "return";

/**
 * What keeps the answers in `definePolicy({ … })`. Lines stay, columns do not.
 *
 * @param code the text that the definitions are from
 */
export function answerEdits(code: string, definitions: readonly CallExpression[], names: AnswerNames): Edit[] {
  const edits: Edit[] = [];
  const places: string[] = [];
  for (const statement of definitions.flatMap(returnsOf)) {
    const name = `$$${places.length.toString(36)}`;
    const kept = code.includes(name) ? undefined : keptReturn(code, statement, name, names);
    if (kept === undefined) {
      continue;
    }
    edits.push(...kept);
    places.push(`${name} = new ${names.KeptAnswer}()`);
  }
  if (places.length > 0) {
    edits.push({ start: code.length, end: code.length, text: `var ${places.join(", ")};\n` });
  }
  return edits;
}

function keptReturn(
  code: string,
  { start, end, argument }: ReturnStatement,
  name: string,
  names: AnswerNames,
): Edit[] | undefined {
  const parts = argument === null || argument === undefined ? undefined : answerParts(code, argument, names);
  // Of what ends otherwise, where it does is not certain.
  if (parts === undefined || parts.length > partFields.length || code[end - 1] !== ";") {
    return undefined;
  }
  const equal = parts.map((part, index) => `&&${name}.${partFields[index] ?? ""}===${part}`).join("");
  return [
    {
      start,
      end: start + keyword.length,
      text: `{if(${name}.answer!==void 0${equal})return ${name}.answer;${name}.made=`,
    },
    { start: end, end, text: `return ${name}.keep(${parts.join(",")})}` },
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
  if (!isCallOf(node, names.Flow, "Break")) {
    return isResponse(node, isPart, names);
  }
  const [response, ...more] = node.arguments;
  return more.length === 0 && response !== undefined && isResponse(response, isPart, names);
}

/** `new Response(…)` or `Response.json(…)`, and what `.withHeaders(…).withBody(…)` makes of them. */
function isResponse(node: Expression | SpreadElement, isPart: IsPart, names: AnswerNames): boolean {
  if (node.type === "NewExpression") {
    const { callee } = node;
    return callee.type === "Identifier" && callee.name === names.Response && areMade(node, isPart);
  }
  const method = calledOf(node);
  if (node.type !== "CallExpression" || method === undefined) {
    return false;
  }
  const begins =
    isCallOf(node, names.Response, "json") ||
    (["withHeaders", "withBody"].includes(method.name) && isResponse(method.object, isPart, names));
  return begins && areMade(node, isPart);
}

/** `object.name(…)` */
function isCallOf(node: Expression, object: string, name: string): node is CallExpression {
  const method = calledOf(node);
  return method?.name === name && method.object.type === "Identifier" && method.object.name === object;
}

/** The method that is called, and of what; undefined for other expressions, and where it may be missing. */
function calledOf(node: Expression | SpreadElement): { object: Expression; name: string } | undefined {
  if (node.type !== "CallExpression" || node.optional || node.callee.type !== "MemberExpression") {
    return undefined;
  }
  const { object, property, computed, optional } = node.callee;
  const name = nameOf(property, computed);
  return optional || name === undefined || object.type === "Super" ? undefined : { object, name };
}

function areMade({ arguments: given }: Pick<CallExpression, "arguments">, isPart: IsPart): boolean {
  return given.every((each) => isMade(each, isPart));
}

/** Whether a value is made of constants and parts, and of nothing else. */
function isMade(node: Expression | SpreadElement, isPart: IsPart): boolean {
  switch (node.type) {
    case "Literal":
      return !("regex" in node);
    case "UnaryExpression":
      return node.argument.type === "Literal";
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

function returnsOf(definition: CallExpression): ReturnStatement[] {
  const found: ReturnStatement[] = [];
  visitAll(definition, (node) => {
    if (node.type === "ReturnStatement") {
      found.push(node);
    }
  });
  return found.sort((a, b) => a.start - b.start);
}
