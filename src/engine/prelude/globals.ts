/** Defines globals as the web's are: not enumerable, and to be overwritten. The members of a class enumerate. */
export function defineGlobals(globals: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(globals)) {
    if (typeof value === "function" && "prototype" in value) {
      nameClass(value as new () => object, name);
      enumerateMembers(value.prototype as object);
    }
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

/**
 * Gives a class the name that libraries know the web's objects by, `Object.prototype.toString` included; the bundler may have renamed
 * it.
 */
export function nameClass(type: abstract new (...args: never[]) => object, name: string): void {
  Object.defineProperty(type, "name", { value: name, configurable: true });
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** As Web IDL has it, unlike the language's own classes. */
export function enumerateMembers(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== "constructor") {
      Object.defineProperty(prototype, name, { enumerable: true });
    }
  }
}
