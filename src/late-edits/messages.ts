/** Which message an expression of a policy means, whatever it is called there. */
import { keyName, memberName, part, partsOf, plain, type Syntax } from "./syntax.js";

/** Scopes as eslint-scope and ESLint's other scope managers describe them. */
export interface Scopes {
  readonly scopes: readonly { readonly references: readonly Reference[] }[];
}

interface Reference {
  readonly identifier: object;
  readonly resolved: Variable | null;
}

/** A variable stands for the message that it holds first. */
export interface Variable {
  readonly name: string;
  readonly defs: readonly { readonly name: object; readonly node: object }[];
  readonly references: readonly { isWrite(): boolean; readonly init?: boolean | undefined }[];
}

const headOf = "intoHeadersState";

/** Finds the messages that expressions mean. Only variables that always hold the same are looked at. */
export class Messages {
  readonly #variables: ReadonlyMap<object, Variable>;

  constructor({ scopes }: Scopes) {
    this.#variables = new Map(
      scopes.flatMap(({ references }) =>
        references.flatMap(({ identifier, resolved }) => (resolved === null ? [] : [[identifier, resolved] as const])),
      ),
    );
  }

  /** The message that `expression` is: `request`, another name of it, or `await request.intoHeadersState()`. */
  meant(expression: Syntax | undefined): Variable | undefined {
    const node = plain(expression);
    if (node?.type === "AwaitExpression") {
      return this.#awaited(node);
    }
    const variable = this.#constant(node);
    if (variable === undefined) {
      return undefined;
    }
    const { pattern, value } = declaration(variable);
    return (pattern?.type === "Identifier" ? this.meant(value) : undefined) ?? variable;
  }

  /** The message whose headers `expression` is: `request.headers`, or a name that was given to them. */
  meantByHeaders(expression: Syntax | undefined): Variable | undefined {
    const node = plain(expression);
    if (node?.type === "MemberExpression") {
      return memberName(node) === "headers" ? this.meant(part(node, "object")) : undefined;
    }
    const variable = this.#constant(node);
    if (variable === undefined) {
      return undefined;
    }
    const { pattern, value } = declaration(variable);
    return pattern?.type === "ObjectPattern"
      ? namesHeaders(pattern, variable)
        ? this.meant(value)
        : undefined
      : this.meantByHeaders(value);
  }

  #awaited(node: Syntax): Variable | undefined {
    const call = plain(part(node, "argument"));
    const callee = call?.type === "CallExpression" ? plain(part(call, "callee")) : undefined;
    return callee?.type === "MemberExpression" && memberName(callee) === headOf
      ? this.meant(part(callee, "object"))
      : undefined;
  }

  #constant(node: Syntax | undefined): Variable | undefined {
    const variable = node?.type === "Identifier" ? this.#variables.get(node) : undefined;
    return variable?.defs.length === 1 &&
      variable.references.every((reference) => !reference.isWrite() || reference.init === true)
      ? variable
      : undefined;
  }
}

/** `const pattern = value`, where that is how the variable came to be. */
function declaration({ defs: [definition] }: Variable): { pattern?: Syntax | undefined; value?: Syntax | undefined } {
  const node = definition?.node as Syntax | undefined;
  return node?.type === "VariableDeclarator" ? { pattern: part(node, "id"), value: part(node, "init") } : {};
}

/** Whether it is `variable` that `{ headers }` or `{ headers: other }` names. */
function namesHeaders(pattern: Syntax, { defs: [definition] }: Variable): boolean {
  return partsOf(pattern, "properties").some((property) => {
    const key = part(property, "key");
    return (
      key !== undefined &&
      keyName(key, property["computed"] === true) === "headers" &&
      part(property, "value") === definition?.name
    );
  });
}
