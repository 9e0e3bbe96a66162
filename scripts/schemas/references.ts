/** `${NAME}` in the values of a file: wherever a text is asked for, one that the environment completes will do. */
import type { JsonSchema } from "../../src/catalogue/json-schema.js";

/** To be `$defs.reference`. */
export const reference: JsonSchema = {
  description: "A text with ${NAME}: the environment variable of that name stands there when the file is read.",
  type: "string",
  pattern: String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}`,
};

const link: JsonSchema = { $ref: "#/$defs/reference" };

/** The same schema, which takes references where it asks for a text of a certain form. */
export function withReferences(schema: JsonSchema): JsonSchema {
  const { items, properties, additionalProperties, anyOf, oneOf, allOf } = schema;
  const inside: JsonSchema = {
    ...schema,
    ...(items !== undefined && { items: Array.isArray(items) ? items.map(withReferences) : withReferences(items) }),
    ...(properties !== undefined && { properties: inEach(properties) }),
    ...(typeof additionalProperties === "object" && { additionalProperties: withReferences(additionalProperties) }),
    ...(allOf !== undefined && { allOf: allOf.map(withReferences) }),
  };
  if (isCertainText(schema)) {
    const { $schema, title, description, default: value, examples, ...form } = inside;
    return defined({ $schema, title, description, default: value, examples, anyOf: [form, link] });
  }
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) {
    // With a reference as its mark, an object may be any of several.
    delete inside.oneOf;
    inside.anyOf = flat(choices.map(withReferences));
  }
  return inside;
}

function inEach(schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, withReferences(schema)]));
}

const certain = ["pattern", "enum", "const", "format", "maxLength"] as const;

function isCertainText(schema: JsonSchema): boolean {
  const values = [...(schema.enum ?? []), ...(schema.const === undefined ? [] : [schema.const])];
  return (
    (schema.type === "string" || values.some((value) => typeof value === "string")) &&
    certain.some((keyword) => schema[keyword] !== undefined)
  );
}

/** Alternatives that are alternatives themselves, in one list. */
function flat(choices: readonly JsonSchema[]): JsonSchema[] {
  const all = choices.flatMap((choice) => {
    const { anyOf, ...others } = choice;
    return anyOf !== undefined && Object.keys(others).length === 0 ? anyOf : [choice];
  });
  return [
    ...all.filter((choice) => choice.$ref !== link.$ref),
    ...all.filter(({ $ref }) => $ref === link.$ref).slice(0, 1),
  ];
}

function defined<T extends object>(object: T): JsonSchema {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
