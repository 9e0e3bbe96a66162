/** What a schema of valibot checks and JSON Schema cannot say. */
import type { GenericSchema } from "valibot";

interface Part {
  kind: string;
  type: string;
  pipe?: readonly Part[];
  entries?: Record<string, Part>;
  item?: Part;
  items?: readonly Part[];
  key?: Part;
  value?: Part;
  rest?: Part;
  wrapped?: Part;
  options?: readonly unknown[];
  requirement?: unknown;
  message?: unknown;
}

/** A line each: the key, and what is asked of it. */
export function leftOpen(schema: GenericSchema): string[] {
  return [...new Set(visit(schema, ""))];
}

function visit(part: Part, path: string): string[] {
  const below: [string, Part | undefined][] = [
    ...Object.entries(part.entries ?? {}).map(([key, value]): [string, Part] => [
      path === "" ? key : `${path}.${key}`,
      value,
    ]),
    [`${path}[]`, part.item],
    ...(part.items ?? []).map((item): [string, Part] => [`${path}[]`, item]),
    [`${path}.<name>`, part.value],
    [`${path}.<name>`, part.key],
    [`${path}.<name>`, part.rest],
    [path, part.wrapped],
    ...(part.options ?? []).filter(isPart).map((option): [string, Part] => [path, option]),
  ];
  if (part.pipe !== undefined) {
    const [first, ...actions] = part.pipe;
    // The converter stops at the first action that makes something else of the value.
    const end = actions.findIndex(({ kind, type }) => kind === "schema" || transforms.includes(type));
    const untoldActions = actions.filter(
      (action, index) =>
        action.kind !== "metadata" && action.type !== "transform" && ((end >= 0 && index >= end) || isCheck(action)),
    );
    return [...(first === undefined ? [] : visit(first, path)), ...untoldActions.map((action) => line(action, path))];
  }
  const own = untold.includes(part.type) ? [line(part, path)] : [];
  return [...own, ...below.flatMap(([place, value]) => (value === undefined ? [] : visit(value, place)))];
}

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Schemas that the converter does not know. */
const untold = ["custom", "instance"];

/** Actions behind which a value is another one. */
const transforms = [
  "transform",
  "raw_transform",
  "parse_json",
  "to_bigint",
  "to_boolean",
  "to_date",
  "to_number",
  "to_string",
];

/** Actions that ask for what only code can tell. */
const checks = ["check", "check_items", "every_item", "some_item", "partial_check", "raw_check"];

function isCheck({ type, requirement }: Part): boolean {
  return checks.includes(type) || (type === "regex" && requirement instanceof RegExp && requirement.flags !== "");
}

function line({ message }: Part, path: string): string {
  const asked = typeof message === "string" ? message : "what the policy makes of it must be in order";
  return path === "" ? asked : `\`${path}\`: ${asked}`;
}
