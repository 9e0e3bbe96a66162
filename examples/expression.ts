/**
 * A small part of DataWeave, as configurations write it for what differs from use to use: `#[attributes.headers['x-tenant']]`.
 *
 * Literals, names, members and indexes (null where there is nothing), `default`, `==`, `!=`, `++`, `if (…) … else …`, and three functions.
 * A policy binds the names: plain values, or objects with `get(name)` as headers and queries are.
 */

/** Evaluates the expression. Throws where it cannot: an operand of `++` that is no text, a condition that is neither true nor false. */
export type Expression = (names: Readonly<Record<string, unknown>>) => unknown;

const token =
  /\s*(?:(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<number>\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)|(?<sign>\+\+|==|!=|[.()[\],]))/y;

const functions: Readonly<Record<string, (text: unknown, other: unknown) => unknown>> = {
  splitBy: (text, separator) => textOf(text).split(textOf(separator)),
  "dw::core::Strings::substringAfter": (text, separator) => {
    const [before, ...rest] = text === null ? [null] : textOf(text).split(textOf(separator));
    return before === null ? null : rest.join(textOf(separator));
  },
  "dw::core::Binaries::fromBase64": (text) => atob(textOf(text)),
};

/** Compiles `#[ expression ]`; throws where the text is none, without quoting it. */
export function parseExpression(source: string): Expression {
  const inner = /^#\[(.*)\]$/s.exec(source.trim())?.[1];
  if (inner === undefined) {
    throw new Error("expected an expression: #[…]");
  }
  const parser = new Parser(inner);
  const expression = parser.expression();
  parser.end();
  return expression;
}

class Parser {
  private readonly source: string;
  private at = 0;
  private kind: "text" | "number" | "name" | "sign" | "end" = "end";
  private value = "";

  constructor(source: string) {
    this.source = source;
    this.next();
  }

  end(): void {
    if (this.kind !== "end") {
      throw this.unexpected("the end");
    }
  }

  expression(): Expression {
    if (this.takes("if")) {
      this.expect("(");
      const condition = this.expression();
      this.expect(")");
      const yes = this.expression();
      this.expect("else");
      const no = this.expression();
      return (names) => (truthOf(condition(names)) ? yes(names) : no(names));
    }
    let left = this.comparison();
    while (this.takes("default")) {
      const [value, other] = [left, this.comparison()];
      left = (names) => value(names) ?? other(names);
    }
    return left;
  }

  private comparison(): Expression {
    let left = this.joined();
    for (let sign = this.sign("==", "!="); sign !== undefined; sign = this.sign("==", "!=")) {
      const [first, second, same] = [left, this.joined(), sign === "=="];
      left = (names) => (first(names) === second(names)) === same;
    }
    return left;
  }

  private joined(): Expression {
    let left = this.member();
    while (this.sign("++") !== undefined) {
      const [first, second] = [left, this.member()];
      left = (names) => textOf(first(names)) + textOf(second(names));
    }
    return left;
  }

  private member(): Expression {
    let object = this.operand();
    for (let sign = this.sign(".", "["); sign !== undefined; sign = this.sign(".", "[")) {
      const [owner, key] = [object, sign === "." ? constant(this.take("name")) : this.expression()];
      object = (names) => memberOf(owner(names), key(names));
      if (sign === "[") {
        this.expect("]");
      }
    }
    return object;
  }

  private operand(): Expression {
    if (this.sign("(") !== undefined) {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    switch (this.kind) {
      case "text":
        return constant(this.take("text").slice(1, -1).replace(/\\(.)/gs, "$1"));
      case "number":
        return constant(Number(this.take("number")));
      default:
        return this.named(this.take("name"));
    }
  }

  private named(name: string): Expression {
    if (["true", "false", "null"].includes(name)) {
      return constant(JSON.parse(name));
    }
    if (this.sign("(") === undefined) {
      return (names) => names[name] ?? null;
    }
    const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (call === undefined) {
      throw new Error(`there is no function ${name}`);
    }
    const first = this.expression();
    const second = this.sign(",") === undefined ? constant(null) : this.expression();
    this.expect(")");
    return (names) => call(first(names), second(names));
  }

  private next(): void {
    token.lastIndex = this.at;
    const groups = token.exec(this.source)?.groups;
    if (groups === undefined) {
      if (this.source.slice(this.at).trim() !== "") {
        throw this.unexpected("an expression");
      }
      this.kind = "end";
      this.value = "";
      return;
    }
    const [kind = "sign", value = ""] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    this.kind = kind as "text";
    this.value = value;
    this.at = token.lastIndex;
  }

  private take(kind: typeof this.kind): string {
    if (this.kind !== kind) {
      throw this.unexpected(`a ${kind}`);
    }
    const { value } = this;
    this.next();
    return value;
  }

  /** The sign that stands here, if it is one of these. */
  private sign(...signs: readonly string[]): string | undefined {
    return this.kind === "sign" && signs.includes(this.value) ? this.take("sign") : undefined;
  }

  private takes(word: string): boolean {
    const found = (this.kind === "name" || this.kind === "sign") && this.value === word;
    if (found) {
      this.next();
    }
    return found;
  }

  private expect(word: string): void {
    if (!this.takes(word)) {
      throw this.unexpected(word);
    }
  }

  private unexpected(expected: string): Error {
    return new Error(`expected ${expected} at character ${this.at + 1} of the expression`);
  }
}

function constant(value: unknown): Expression {
  return () => value;
}

function memberOf(owner: unknown, key: unknown): unknown {
  if (typeof owner !== "object" || owner === null) {
    return null;
  }
  if (typeof (owner as { get?: unknown }).get === "function") {
    return (owner as { get(name: string): unknown }).get(String(key)) ?? null;
  }
  const name = String(key);
  return Object.hasOwn(owner, name) ? ((owner as Record<string, unknown>)[name] ?? null) : null;
}

function textOf(value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError("expected a text");
  }
  return value;
}

function truthOf(value: unknown): boolean {
  if (typeof value !== "boolean") {
    throw new TypeError("expected true or false");
  }
  return value;
}
