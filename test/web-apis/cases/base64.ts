import { gives, throws, type WebApiCases } from "../case.js";

const from = (text: string, options = ""): string =>
  `Array.from(Uint8Array.fromBase64(${JSON.stringify(text)}${options && `, ${options}`}))`;
const to = (bytes: readonly number[], options = ""): string => `Uint8Array.of(${bytes.join()}).toBase64(${options})`;
const url = "{ alphabet: 'base64url' }";
const strict = "{ lastChunkHandling: 'strict' }";
const stop = "{ lastChunkHandling: 'stop-before-partial' }";

const f = 0x66;
const o = 0x6f;

export const base64Cases: WebApiCases = {
  "Uint8Array.fromBase64(), toBase64()": [
    // RFC 4648, section 10.
    ...(
      [
        [[], ""],
        [[f], "Zg=="],
        [[f, o], "Zm8="],
        [[f, o, o], "Zm9v"],
        [[f, o, o, 0x62], "Zm9vYg=="],
      ] as const
    ).flatMap(([bytes, text]) => [
      gives(to(bytes), text),
      gives(to(bytes, "{ omitPadding: true }"), text.replace(/=/g, "")),
      ...["", strict, stop].map((options) => gives(from(text, options), [...bytes])),
      gives(from(text.replace(/=/g, "")), [...bytes]),
    ]),
    gives(to([0xfb, 0xff]), "+/8="),
    gives(to([0xfb, 0xff], url), "-_8="),
    gives(to([0xfb, 0xff], "{ alphabet: 'base64url', omitPadding: true }"), "-_8"),
    gives(to([0xfb], "{ omitPadding: 1 as any }"), "+w"),
    gives(from("+/8="), [0xfb, 0xff]),
    gives(from("-_8", url), [0xfb, 0xff]),
    ...["+/8=", "-_8=", "+_8="].flatMap((text) =>
      ["", url]
        .filter((options) => text !== (options === url ? "-_8=" : "+/8="))
        .map((options) => throws(from(text, options), "SyntaxError")),
    ),
    gives(from(" Z\tm\n9\fv\r"), [f, o, o]),
    gives(from("Zg = = "), [f]),
    ...[
      "Z",
      "Zg=",
      "Zg===",
      "Zg=g",
      "Zm8==",
      "=",
      "Z=",
      "Zm9v=",
      "Zm9vZ",
      "Zm9\u000bv",
      "Zm9\u00a0",
      "Zm9é",
      "Zm9\ud83d",
      "Zg==Zg==",
      "!",
    ].map((text) => throws(from(text), "SyntaxError")),
    ...["Zg", "Zm8", "Zh==", "Zm9=", "Zm9vZg"].map((text) => throws(from(text, strict), "SyntaxError")),
    gives(from("Zh=="), [f]),
    gives(from("Zm9vZ", stop), [f, o, o]),
    gives(from("Zm9vZg", stop), [f, o, o]),
    gives(from("Zm9vZg=", stop), [f, o, o]),
    gives(from("Zm9vZm8", stop), [f, o, o]),
    ...["Zm9vZg===", "Zm9v=", "Zg=g", "!"].map((text) => throws(from(text, stop), "SyntaxError")),
    throws("Uint8Array.fromBase64(1 as any)", "TypeError"),
    throws("Uint8Array.fromBase64(new String('Zg==') as any)", "TypeError"),
    throws("Uint8Array.fromBase64('Zg==', null as any)", "TypeError"),
    throws("Uint8Array.fromBase64('Zg==', 'base64url' as any)", "TypeError"),
    throws("Uint8Array.fromBase64('Zg==', { alphabet: 'base32' } as any)", "TypeError"),
    throws("Uint8Array.fromBase64('Zg==', { alphabet: Object('base64') } as any)", "TypeError"),
    throws("Uint8Array.fromBase64('Zg==', { lastChunkHandling: null } as any)", "TypeError"),
    throws("(Uint8Array.prototype as any).toBase64.call([1])", "TypeError"),
    throws("(Uint8Array.prototype as any).toBase64.call(Object.create(Uint8Array.prototype))", "TypeError"),
    throws("Uint8Array.of(1).toBase64({ alphabet: 'base32' } as any)", "TypeError"),
    gives(
      "((bytes) => [bytes.constructor === Uint8Array, bytes.byteOffset, bytes.buffer.byteLength])(Uint8Array.fromBase64('Zm9v'))",
      [true, 0, 3],
    ),
    gives("new Uint8Array(Uint8Array.of(0, 102, 111, 0).buffer, 1, 2).toBase64()", "Zm8="),
    gives(
      "[Uint8Array.fromBase64.length, Uint8Array.fromBase64.name, Uint8Array.prototype.toBase64.length, Uint8Array.prototype.toBase64.name, Object.keys(Uint8Array).includes('fromBase64'), 'prototype' in Uint8Array.fromBase64]",
      [1, "fromBase64", 0, "toBase64", false, false],
    ),
    gives(
      "((bytes) => Uint8Array.fromBase64(bytes.toBase64()).every((byte, index) => byte === bytes[index]))(Uint8Array.from({ length: 100_003 }, (_, index) => index * 7))",
      true,
    ),
  ],
};
