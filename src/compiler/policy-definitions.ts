/** The calls of `definePolicy` in a bundle, and the filters in them. */
import type { CallExpression, FunctionExpression, Property } from "acorn";
import type { BundleSyntax } from "./bundle-syntax.js";
import { nameOf, visitAll } from "./syntax-tree.js";

/**
 * `definePolicy({ … })`, wherever it stands, in order.
 *
 * @param definePolicy what the bundle calls the kit's function
 */
export function definitionsIn({ parts }: Pick<BundleSyntax, "parts">, definePolicy: string): CallExpression[] {
  const definitions: CallExpression[] = [];
  for (const part of parts) {
    // Parsing the whole bundle would take most of a reload's time.
    if (part.text.includes(`${definePolicy}({`) && part.program !== undefined) {
      visitAll(part.program, (node) => {
        if (
          node.type === "CallExpression" &&
          node.callee.type === "Identifier" &&
          node.callee.name === definePolicy &&
          node.arguments[0]?.type === "ObjectExpression"
        ) {
          definitions.push(node);
        }
      });
    }
  }
  return definitions.sort((a, b) => a.start - b.start);
}

/** The properties of a definition that say what they are called. */
export function propertiesOf({ arguments: [definition] }: CallExpression): { name: string; property: Property }[] {
  const properties = definition?.type === "ObjectExpression" ? definition.properties : [];
  return properties.flatMap((property) => {
    const name = property.type === "Property" ? nameOf(property.key, property.computed) : undefined;
    return property.type === "Property" && name !== undefined ? [{ name, property }] : [];
  });
}

/**
 * Whether the policy may have `onResponse` or `onDone`. It has none where its one definition names all its parts, and nothing else in the
 * bundle has such a name.
 *
 * @param definitions those of `definitionsIn`
 */
export function maySeeResponses(
  { parts }: Pick<BundleSyntax, "parts">,
  [definition, ...others]: readonly CallExpression[],
): boolean {
  if (definition === undefined || others.length > 0) {
    return true;
  }
  const [given] = definition.arguments;
  const isWhole = given?.type === "ObjectExpression" && propertiesOf(definition).length === given.properties.length;
  return !isWhole || parts.some(({ origin, text }) => origin !== "kit" && /\bon(?:Response|Done)\b/.test(text));
}

/**
 * The generator function of what esbuild has made of an async function: `return __async(this, …, function* (…) { … })`.
 *
 * @param asyncHelper what the bundle calls esbuild's helper
 */
export function generatorIn(method: FunctionExpression, asyncHelper: string): FunctionExpression | undefined {
  const [statement, ...more] = method.body.body;
  const call = statement?.type === "ReturnStatement" ? statement.argument : undefined;
  if (more.length > 0 || call?.type !== "CallExpression") {
    return undefined;
  }
  const { callee, arguments: given } = call;
  const generator = given[2];
  return callee.type === "Identifier" &&
    callee.name === asyncHelper &&
    generator?.type === "FunctionExpression" &&
    generator.generator
    ? generator
    : undefined;
}
