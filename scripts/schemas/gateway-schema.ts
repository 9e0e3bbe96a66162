/** The JSON Schema of the gateway file: its form from `src/config/schema.ts`, its texts from docs/gateway.md, and the ready policies. */
import { readyPrefix } from "../../src/catalogue/catalogue.js";
import type { JsonSchema } from "../../src/catalogue/json-schema.js";
import { gatewayFileSchema } from "../../src/config/schema.js";
import { convert } from "./convert.js";
import { documentedKeys } from "./gateway-docs.js";
import type { PolicySchema } from "./policy-schema.js";
import { reference, withReferences } from "./references.js";

/** @param docs docs/gateway.md. Throws an Error where it has other keys than the file. */
export function gatewaySchema(docs: string, policies: ReadonlyMap<string, PolicySchema>): JsonSchema {
  const schema = convert(gatewayFileSchema);
  const keys = new Map(keysOf(schema, ""));
  const documented = documentedKeys(docs);
  const undocumented = [...keys.keys()].filter((path) => !documented.some((key) => key.path === path));
  if (undocumented.length > 0) {
    throw new Error(`docs/gateway.md has no row for ${undocumented.join(", ")}`);
  }
  for (const { path, description, default: value } of documented) {
    const key = keys.get(path);
    if (key === undefined) {
      throw new Error(`docs/gateway.md has a row for ${path}, which is no key of the file`);
    }
    key.description = description;
    // As it is written there: `15s`, not its milliseconds.
    delete key.default;
    if (value !== undefined) {
      key.default = value;
    }
  }
  const { $schema, ...form } = schema;
  const whole = withReferences(form);
  addPolicies(whole, policies);
  return {
    ...($schema !== undefined && { $schema }),
    title: "The gateway file of Sluice",
    description: "What `sluice run`, `sluice envoy` and the embedded gateway run. docs/gateway.md describes it.",
    ...whole,
    $defs: { reference, ...Object.fromEntries([...policies].map(([name, policy]) => [name, configOf(policy)])) },
  };
}

/** Every key of the schema by its path, as docs/gateway.md names it. */
function keysOf(schema: JsonSchema, path: string): [string, JsonSchema][] {
  const below = [
    ...[schema.items ?? []].flat(),
    ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
  ];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, value]): [string, JsonSchema][] => {
      const ownPath = path === "" ? name : `${path}.${name}`;
      return [[ownPath, value], ...keysOf(value, ownPath)];
    }),
    ...below.flatMap((part) => keysOf(part, path)),
  ];
}

function configOf({ schema }: PolicySchema): JsonSchema {
  const { $schema: _, ...config } = withReferences(schema);
  return config;
}

/** `use` completes to their names, and each decides about its `config`. */
function addPolicies(gateway: JsonSchema, policies: ReadonlyMap<string, PolicySchema>): void {
  const routes = gateway.properties?.["routes"]?.items as JsonSchema;
  const use = routes.properties?.["policies"]?.items as JsonSchema;
  const { description, ...path } = use.properties?.["use"] as JsonSchema;
  use.properties = {
    ...use.properties,
    use: {
      ...(description !== undefined && { description }),
      anyOf: [
        ...[...policies].map(
          ([name, { schema }]): JsonSchema => ({
            const: readyPrefix + name,
            ...(schema.description !== undefined && { description: schema.description }),
          }),
        ),
        { ...path, not: { pattern: `^${readyPrefix}` } },
      ],
    },
  };
  use.allOf = [...policies].map(
    ([name, { takesNothing }]): JsonSchema => ({
      if: { properties: { use: { const: readyPrefix + name } }, required: ["use"] },
      then: {
        properties: { config: { $ref: `#/$defs/${name}` } },
        ...(!takesNothing && { required: ["config"] }),
      },
    }),
  );
}
