/**
 * Turns the filters of a policy into generator methods.
 *
 * esbuild lowers `async onRequest(request) { … }` to a method that makes a generator function at every call. V8 gives
 * each of those a hidden class of its own, which costs more than all the rest of an exchange (measured: 3 of 6 µs), so
 * the filters written in `definePolicy({ … })` become what they are run as: `*onRequest(request) { … }`, or a plain method
 * where nothing that is awaited can make the filter wait. Filters written elsewhere keep esbuild's form and work the same,
 * slower.
 */
import type { CallExpression, Property } from "acorn";
import { blank, type Edit } from "./edits.js";
import { plainAwaits } from "./plain-awaits.js";
import { generatorIn, propertiesOf } from "./policy-definitions.js";

const filters = new Set(["onRequest", "onResponse"]);

/**
 * What makes generator methods of the filters. Lines stay where they are, so the source map stays valid.
 *
 * @param code the text that the definitions are from
 * @param asyncHelper what it calls esbuild's helper
 */
export function generatorEdits(code: string, definitions: readonly CallExpression[], asyncHelper: string): Edit[] {
  return definitions.flatMap((definition) =>
    propertiesOf(definition)
      .filter(({ name }) => filters.has(name))
      .flatMap(({ property }) => filterEdits(code, definition, property, asyncHelper)),
  );
}

/** `onRequest(…) { return __async(this, …, function* (…) { … }); }` becomes `*onRequest(…) { … }`. */
function filterEdits(code: string, definition: CallExpression, property: Property, asyncHelper: string): Edit[] {
  const { key, value } = property;
  if (!property.method || property.computed || value.type !== "FunctionExpression") {
    return [];
  }
  const body = generatorIn(value, asyncHelper);
  if (body === undefined) {
    return [];
  }
  const plain = plainAwaits(code, definition, body.params.length > 0 ? body : value, body);
  const edits: Edit[] = [
    ...plain.edits,
    { start: key.start, end: key.start, text: plain.all ? "" : "*" },
    blank(code, value.body.start + 1, body.body.start + 1),
    blank(code, body.body.end - 1, value.body.end - 1),
  ];
  // Parameters that are more than names moved into the generator; the method then only forwards `arguments`.
  if (body.params.length > 0) {
    const parameters = code.slice(body.params[0]?.start, body.params.at(-1)?.end).replaceAll("\n", " ");
    edits.push({ start: value.params[0]?.start ?? 0, end: value.params.at(-1)?.end ?? 0, text: parameters });
  }
  return edits;
}
