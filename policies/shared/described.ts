/** What the catalogue shows of a policy, in its schema. */
import * as v from "valibot";

/**
 * A policy's schema with the line that lists of policies show, and an example of what it takes.
 *
 * @param example what a gateway file has as `config`: without what has a default
 */
export function described<const Schema extends v.GenericSchema>(
  schema: Schema,
  description: string,
  example: v.InferInput<Schema>,
) {
  // Examples are typed as what the schema makes of them, defaults filled in.
  return v.pipe(schema, v.description(description), v.examples([example] as v.InferOutput<Schema>[]));
}
