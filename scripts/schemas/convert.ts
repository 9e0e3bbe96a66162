/** A schema of valibot as JSON Schema, by the library's own converter. What cannot be told stays open. */
import { type ConversionConfig, toJsonSchema } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { JsonSchema } from "../../src/catalogue/json-schema.js";
import { plainForm } from "../../src/config/schema-kit.js";

const settings: ConversionConfig = {
  target: "draft-07",
  // What a file has, before anything is made of it.
  typeMode: "input",
  overrideSchema: ({ valibotSchema, errors }) => {
    const plain = plainForm(valibotSchema);
    if (plain !== undefined) {
      const { $schema: _, ...converted } = toJsonSchema(plain, settings);
      return converted;
    }
    return errors === undefined ? undefined : {};
  },
  overrideAction: ({ jsonSchema, errors }) => (errors === undefined ? undefined : jsonSchema),
};

export function convert(schema: GenericSchema): JsonSchema {
  // Plain data: what the schema and its metadata share is not shared here.
  const converted = JSON.parse(JSON.stringify(toJsonSchema(schema, settings))) as JsonSchema;
  removeEmptyLists(converted);
  return converted;
}

function removeEmptyLists(part: unknown): void {
  if (typeof part !== "object" || part === null) {
    return;
  }
  const schema = part as JsonSchema;
  if (Array.isArray(schema.required) && schema.required.length === 0) {
    delete schema.required;
  }
  Object.values(part).forEach(removeEmptyLists);
}
