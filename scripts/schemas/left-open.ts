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

interface Check {
  /** The key whose value is checked; undefined for the whole. */
  place: string | undefined;
  asked: string;
}

/** A line each: the keys, and what is asked of them. */
export function leftOpen(schema: GenericSchema): string[] {
  const places = new Map<string, Set<string | undefined>>();
  for (const { place, asked } of visit(schema, "")) {
    places.set(asked, (places.get(asked) ?? new Set()).add(place));
  }
  return [...places].map(([asked, keys]) => (keys.has(undefined) ? asked : `${[...keys].join(", ")}: ${asked}`));
}

function visit(part: Part, path: string): Check[] {
  if (part.pipe !== undefined) {
    const [first, ...actions] = part.pipe;
    return [...(first === undefined ? [] : visit(first, path)), ...untold(actions).map((each) => check(each, path))];
  }
  const { entries = {}, item, items = [], key, value, rest, wrapped, options = [] } = part;
  return [
    ...(part.type === "custom" || part.type === "instance" ? [check(part, path)] : []),
    ...Object.entries(entries).flatMap(([name, entry]) => visit(entry, path === "" ? name : `${path}.${name}`)),
    ...[item, ...items].filter(isPart).flatMap((each) => visit(each, `${path}[]`)),
    ...[value, rest].filter(isPart).flatMap((each) => visit(each, `${path}.<name>`)),
    ...[key]
      .filter(isPart)
      .flatMap((each) => visit(each, path).map((found) => ({ ...found, place: `names in \`${path}\`` }))),
    ...[wrapped, ...options].filter(isPart).flatMap((each) => visit(each, path)),
  ];
}

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && "kind" in value;
}

/** Actions behind which a value is another one: the converter stops there. */
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

function untold(actions: readonly Part[]): Part[] {
  const end = actions.findIndex(({ kind, type }) => kind === "schema" || transforms.includes(type));
  return actions.filter(
    (action, index) =>
      action.kind !== "metadata" && action.type !== "transform" && ((end >= 0 && index >= end) || isCheck(action)),
  );
}

function isCheck({ type, requirement }: Part): boolean {
  return checks.includes(type) || (type === "regex" && requirement instanceof RegExp && requirement.flags !== "");
}

function check({ type, message }: Part, path: string): Check {
  return {
    place: path === "" ? undefined : `\`${path}\``,
    asked: typeof message === "string" ? message : type === "raw_transform" ? "the syntax" : "the form",
  };
}
