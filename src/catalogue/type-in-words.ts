import type { JsonSchema } from "./json-schema.js";

/** What a schema takes, as a table says it: `text`, `whole number, 400 to 599`, `list of mappings, at least 1`. */
export function typeInWords(schema: JsonSchema): string {
  const { const: value, enum: values, anyOf, oneOf, type, items, minItems, maxItems } = schema;
  if (value !== undefined) {
    return quoted(value);
  }
  if (values !== undefined) {
    return alternatives(values.map(quoted));
  }
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) {
    return alternatives([...new Set(choices.map(typeInWords))]);
  }
  switch (type) {
    case "string":
      return `text${range(schema.minLength === 1 ? undefined : schema.minLength, schema.maxLength, " characters")}`;
    case "integer":
      return `whole number${numberRange(schema)}`;
    case "number":
      return `number${numberRange(schema)}`;
    case "boolean":
      return "`true` or `false`";
    case "null":
      return "`null`";
    case "array":
      return `list of ${plural([...new Set([items ?? []].flat().map(typeInWords))])}${range(minItems, maxItems)}`;
    case "object":
      return typeof schema.additionalProperties === "object"
        ? `mapping of names to ${plural([typeInWords(schema.additionalProperties)])}`
        : "mapping";
    default:
      return "anything";
  }
}

function quoted(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function alternatives(types: readonly string[]): string {
  return types.length < 2 ? types.join("") : `${types.slice(0, -1).join(", ")} or ${types.at(-1) ?? ""}`;
}

function plural(types: readonly string[]): string {
  return types.length === 0
    ? "anything"
    : alternatives(types.map((type) => type.replace(/^(text|whole number|number|mapping|list)\b/, "$1s")));
}

function numberRange({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const bounds = [
    range(minimum, maximum),
    ...(exclusiveMinimum === undefined ? [] : [`, above ${exclusiveMinimum}`]),
    ...(exclusiveMaximum === undefined ? [] : [`, below ${exclusiveMaximum}`]),
  ];
  return bounds.join("");
}

function range(least: number | undefined, most: number | undefined, unit = ""): string {
  if (least !== undefined && most !== undefined) {
    return least === most ? `, ${least}${unit}` : `, ${least} to ${most}${unit}`;
  }
  return least !== undefined ? `, at least ${least}${unit}` : most !== undefined ? `, at most ${most}${unit}` : "";
}
