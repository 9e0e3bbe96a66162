/** Finds the web APIs that a bundle may use, so that its module carries no others. */

import { type Pattern, type Program, parse, type Token } from "acorn";
import { algorithmNames, webApiParts } from "./web-api-parts.js";

const names: ReadonlySet<string> = new Set(webApiParts.flatMap((part) => part.names));
/** Of tokens that are text. */
const texts = ["string", "template"];

/** Collects the names while a text is parsed, by its tokens. */
export class MentionedWebApis {
  readonly #free = new Set<string>();
  readonly #qualified = new Set<string>();
  #afterDot = false;

  /** acorn's option of that name. */
  readonly onToken = (token: Token): void => {
    const { type, value } = token as Token & { readonly value: unknown };
    if (typeof value === "string") {
      const isText = texts.includes(type.label);
      const name = (isText ? algorithmNames.get(value.toUpperCase()) : undefined) ?? value;
      if (names.has(name)) {
        if (isText || this.#afterDot) {
          this.#qualified.add(name);
        } else if (type.label === "name") {
          this.#free.add(name);
        }
      }
    }
    this.#afterDot = type.label === "." || type.label === "?.";
  };

  /** @param declared the names that the whole text declares at its top level */
  names(declared: ReadonlySet<string>): string[] {
    return [...this.#qualified, ...[...this.#free].filter((name) => !declared.has(name))];
  }
}

/**
 * The names in {@link webApiParts} that occur in the code as an identifier, a property or a whole string; those of algorithms in a
 * string in any case. A name that the bundle
 * declares for itself at its top level is not the web's there, so that only properties (`globalThis.Headers`) and strings count.
 * One too many costs some kilobytes; there is none too few, unless a name is put together at run time.
 *
 * @param code A script, or the body of a function. Throws acorn's SyntaxError when it is neither.
 */
export function webApisMentioned(code: string): ReadonlySet<string> {
  const mentioned = new MentionedWebApis();
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowReturnOutsideFunction: true,
    onToken: mentioned.onToken,
  });
  return new Set(mentioned.names(new Set(topLevelNames(program))));
}

export function topLevelNames(program: Program): string[] {
  return program.body.flatMap((statement) => {
    switch (statement.type) {
      case "ClassDeclaration":
      case "FunctionDeclaration":
        return [statement.id.name];
      case "VariableDeclaration":
        return statement.declarations.flatMap(({ id }) => boundNames(id));
      default:
        return [];
    }
  });
}

/** Patterns with parts do not occur at the top level of what the compiler bundles; leaving them out costs size only. */
function boundNames(pattern: Pattern): string[] {
  return pattern.type === "Identifier" ? [pattern.name] : [];
}
