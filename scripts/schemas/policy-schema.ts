/** The JSON Schema of a ready policy's configuration. */
import type { GenericSchema } from "valibot";
import * as v from "valibot";
import { configKeys } from "../../src/catalogue/config-keys.js";
import type { JsonSchema } from "../../src/catalogue/json-schema.js";
import type { Policy } from "../../src/policy/define.js";
import { convert } from "./convert.js";
import { leftOpen } from "./left-open.js";

export interface PolicySchema {
  schema: JsonSchema;
  /** What only the policy can check. */
  open: readonly string[];
  /** Whether the policy takes `{}`, so that a use of it needs no `config`. */
  takesNothing: boolean;
}

/** Throws an Error that lists what a policy of the catalogue must have and this one has not. */
export function policySchema(name: string, policy: Policy): PolicySchema {
  const config = policy.definition.config;
  if (config?.["~standard"].vendor !== "valibot") {
    throw new Error(`policies/${name}: expected a schema of valibot as its config.`);
  }
  const source = config as unknown as GenericSchema;
  const converted = convert(source);
  const problems = problemsOf(converted, source);
  if (problems.length > 0) {
    throw new Error([`policies/${name}: its schema is not what the catalogue shows:`, ...problems].join("\n  "));
  }
  const open = leftOpen(source);
  const { $schema, description, ...rest } = converted;
  const schema: JsonSchema = {
    ...($schema !== undefined && { $schema }),
    title: `sluice/policies/${name}`,
    ...(description !== undefined && { description }),
    ...(open.length > 0 && { $comment: `Checked by the policy alone: ${open.join("; ")}` }),
    ...rest,
  };
  return { schema, open, takesNothing: v.is(source, {}) };
}

function problemsOf(schema: JsonSchema, source: GenericSchema): string[] {
  const examples = schema.examples ?? [];
  return [
    ...(schema.description === undefined ? ["v.description of the whole: the line that lists show"] : []),
    ...(examples.length === 0 ? ["v.examples of the whole: the first is the example of a gateway file"] : []),
    ...examples.filter((example) => !v.is(source, example)).map((example) => `refused: ${JSON.stringify(example)}`),
    ...configKeys(schema)
      .filter(({ description }) => description === "")
      .map(({ path }) => `v.description of ${path}`),
    ...openObjects(schema, "").map((path) => `v.strictObject for ${path || "the whole"}`),
  ];
}

/** Mappings that take keys which nobody knows. */
function openObjects(schema: JsonSchema, path: string): string[] {
  const { properties, additionalProperties, items, anyOf = [], oneOf = [], allOf = [] } = schema;
  return [
    ...(properties !== undefined && additionalProperties === undefined ? [path] : []),
    ...Object.entries(properties ?? {}).flatMap(([key, value]) =>
      openObjects(value, path === "" ? key : `${path}.${key}`),
    ),
    ...[items ?? []].flat().flatMap((item) => openObjects(item, `${path}[]`)),
    ...(typeof additionalProperties === "object" ? openObjects(additionalProperties, `${path}.<name>`) : []),
    ...[...anyOf, ...oneOf, ...allOf].flatMap((alternative) => openObjects(alternative, path)),
  ];
}
