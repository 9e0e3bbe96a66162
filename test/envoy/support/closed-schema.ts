/** Schemas as Kubernetes' API server takes them. */

/** Objects have no other properties than those that are listed. */
export function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closed);
  }
  if (typeof schema !== "object" || schema === null) {
    return schema;
  }
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner && inner["additionalProperties"] === undefined
    ? { ...inner, additionalProperties: false }
    : inner;
}
