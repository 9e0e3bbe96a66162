/** The keys of a configuration, as its JSON Schema tells of them, for tables. */
import type { JsonSchema } from "./json-schema.js";
import { typeInWords } from "./type-in-words.js";

export interface ConfigKey {
  /** `limit`, `headers[].name`, `claims.<name>.value`. */
  path: string;
  type: string;
  required: boolean;
  /** JSON; undefined where there is none. */
  default: string | undefined;
  description: string;
}

/** Nested keys follow those that they are in. What several alternatives have in common is one key. */
export function configKeys(schema: JsonSchema): ConfigKey[] {
  const keys = new Map<string, ConfigKey>();
  const add = (key: ConfigKey) => {
    const former = keys.get(key.path);
    keys.set(key.path, former === undefined ? key : merged(former, key));
  };
  const visit = (part: JsonSchema, path: string): void => {
    for (const [name, value] of Object.entries(part.properties ?? {})) {
      const ownPath = path === "" ? name : `${path}.${name}`;
      add({
        path: ownPath,
        type: typeInWords(value),
        required: part.required?.includes(name) === true,
        default: value.default === undefined ? undefined : JSON.stringify(value.default),
        description: value.description ?? "",
      });
      visit(value, ownPath);
    }
    for (const alternative of [...(part.anyOf ?? []), ...(part.oneOf ?? []), ...(part.allOf ?? [])]) {
      visit(alternative, path);
    }
    for (const item of [part.items ?? []].flat()) {
      visit(item, `${path}[]`);
    }
    if (typeof part.additionalProperties === "object") {
      visit(part.additionalProperties, `${path}.<name>`);
    }
  };
  visit(schema, "");
  return [...keys.values()];
}

function merged(one: ConfigKey, other: ConfigKey): ConfigKey {
  return {
    path: one.path,
    type: joined(one.type, other.type, " or "),
    required: one.required && other.required,
    default: one.default ?? other.default,
    description: joined(one.description, other.description, " "),
  };
}

function joined(one: string, other: string, separator: string): string {
  return one.split(separator).includes(other) || one === other ? one : `${one}${separator}${other}`;
}
