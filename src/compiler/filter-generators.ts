/**
 * Turns the filters of a policy into generator methods.
 *
 * esbuild lowers `async onRequest(request) { … }` to a method that makes a generator function at every call. V8 gives
 * each of those a hidden class of its own, which costs more than all the rest of an exchange (measured: 3 of 6 µs), so
 * the filters written in `definePolicy({ … })` become what they are run as: `*onRequest(request) { … }`, or a plain method
 * where nothing that is awaited can make the filter wait. Filters written elsewhere keep esbuild's form and work the same,
 * slower.
 */
import type { CallExpression, FunctionExpression, Property } from "acorn";
import { plainAwaits } from "./plain-awaits.js";
import { applyEdits, definitionsIn, type Edit } from "./policy-definitions.js";

const filters = new Set(["onRequest", "onResponse"]);

/**
 * The same code with the filters as generator methods. Lines stay where they are, so the source map stays valid.
 *
 * @param definePolicy what the bundle calls the kit's function
 * @param asyncHelper what it calls esbuild's helper; undefined: it has none
 */
export function filtersAsGenerators(code: string, definePolicy: string, asyncHelper: string | undefined): string {
  if (asyncHelper === undefined) {
    return code;
  }
  const edits: Edit[] = [];
  for (const call of definitionsIn(code, definePolicy)) {
    const [definition] = call.arguments;
    if (definition?.type !== "ObjectExpression") {
      continue;
    }
    for (const property of definition.properties) {
      if (property.type === "Property") {
        edits.push(...filterEdits(code, call, property, asyncHelper));
      }
    }
  }
  return applyEdits(code, edits);
}

/** `onRequest(…) { return __async(this, …, function* (…) { … }); }` becomes `*onRequest(…) { … }`. */
function filterEdits(code: string, definition: CallExpression, property: Property, asyncHelper: string): Edit[] {
  const { key, value } = property;
  if (!property.method || key.type !== "Identifier" || !filters.has(key.name) || value.type !== "FunctionExpression") {
    return [];
  }
  const call = onlyReturned(value, asyncHelper);
  const body = call?.arguments[2];
  if (call === undefined || body?.type !== "FunctionExpression" || !body.generator) {
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

function onlyReturned(method: FunctionExpression, asyncHelper: string): CallExpression | undefined {
  const [statement, ...more] = method.body.body;
  if (more.length > 0 || statement?.type !== "ReturnStatement" || statement.argument?.type !== "CallExpression") {
    return undefined;
  }
  const call = statement.argument;
  return call.callee.type === "Identifier" && call.callee.name === asyncHelper ? call : undefined;
}

/** White space of the same shape. */
function blank(code: string, start: number, end: number): Edit {
  return { start, end, text: code.slice(start, end).replace(/[^\n]/g, " ") };
}
