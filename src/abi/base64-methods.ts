/** `Uint8Array.fromBase64()` and `toBase64()` (ECMAScript, section 23.3), on what an engine has for it. */

export interface Base64Codec {
  /** `chunk` is a place in {@link chunks}. undefined: the text is no Base64. */
  readonly decodeBase64: (text: string, url: boolean, chunk: number) => Uint8Array | undefined;
  readonly encodeBase64: (bytes: Uint8Array, url: boolean, omitPadding: boolean) => string;
}

/** How the last chunk of four chars may be: its padding left out; as RFC 4648 has it; left out where it is not whole. */
export const chunks = ["loose", "strict", "stop-before-partial"] as const;
const alphabets = ["base64", "base64url"];

type Options = Readonly<Record<string, unknown>> | undefined;

/** Adds the two to `Uint8Array` where it has none. The codec is asked for when they are called. */
export function addBase64Methods(codec: () => Base64Codec): void {
  add(Uint8Array, {
    // A function's length tells of its parameters but not of a rest.
    fromBase64(text: unknown, ...rest: unknown[]): Uint8Array {
      if (typeof text !== "string") {
        throw new TypeError("fromBase64(): expected a string.");
      }
      const [options] = rest;
      const url = option(options, "alphabet", alphabets) === 1;
      const bytes = codec().decodeBase64(text, url, option(options, "lastChunkHandling", chunks));
      if (bytes === undefined) {
        throw new SyntaxError(`fromBase64(): the text is no ${url ? "Base64url" : "Base64"}.`);
      }
      return bytes;
    },
  });
  add(Uint8Array.prototype, {
    toBase64(this: unknown, ...rest: unknown[]): string {
      if (!(this instanceof Uint8Array)) {
        throw new TypeError("toBase64(): expected a Uint8Array.");
      }
      const [options] = rest;
      const url = option(options, "alphabet", alphabets) === 1;
      return codec().encodeBase64(this, url, Boolean((options as Options)?.["omitPadding"]));
    },
  });
}

/** As the language's own methods are: not enumerable, no constructors. */
function add(object: object, methods: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(methods)) {
    if (!Object.hasOwn(object, name)) {
      Object.defineProperty(object, name, { value, writable: true, configurable: true });
    }
  }
}

/** The place of the option's value in the list, whose first one is the default. */
function option(options: unknown, name: string, values: readonly string[]): number {
  if (options === undefined) {
    return 0;
  }
  if ((typeof options !== "object" && typeof options !== "function") || options === null) {
    throw new TypeError("Expected an object of options.");
  }
  const value = (options as Options)?.[name];
  const place = value === undefined ? 0 : values.indexOf(value as string);
  if (place < 0) {
    throw new TypeError(`${name}: expected ${values.join(" or ")}.`);
  }
  return place;
}
