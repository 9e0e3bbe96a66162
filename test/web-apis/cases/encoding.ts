import { gives, throws, type WebApiCases } from "../case.js";

/** The labels of the Encoding standard, section 4.2. */
const labels: Record<string, string> = {
  "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8",
  "utf-16le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16 utf-16le",
  "utf-16be": "unicodefffe utf-16be",
  "windows-1252":
    "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 iso_8859-1:1987 l1 latin1 us-ascii windows-1252 x-cp1252",
};

/** Texts in chunks of bytes, each with what comes out of every chunk and at the end. */
const streams: [encoding: string, chunks: number[][], texts: string[]][] = [
  ["utf-16le", [[0x61], [0x00, 0x3d], [0xd8, 0x00], [0xde]], ["", "a", "", "\u{1f600}", ""]],
  ["utf-16le", [[0xff], [0xfe, 0x61, 0x00]], ["", "a", ""]],
  ["utf-16le", [[0x3d, 0xd8, 0x61, 0x00, 0x62]], ["\ufffda", "\ufffd"]],
  ["utf-16le", [[0x3d, 0xd8, 0x62]], ["", "\ufffd"]],
  ["utf-16be", [[0xfe, 0xff, 0x20], [0xac]], ["", "\u20ac", ""]],
  [
    "windows-1252",
    [
      [0x41, 0x80],
      [0x9f, 0xe9, 0x81],
    ],
    ["A\u20ac", "\u0178\u00e9\x81", ""],
  ],
];

const utf8 = (text: string): number[] => [...new TextEncoder().encode(text)];

export const encodingCases: WebApiCases = {
  TextEncoder: [
    gives("new TextEncoder().encoding", "utf-8"),
    gives("[...new TextEncoder().encode()]", []),
    gives("[...new TextEncoder().encode('a\\u00e9\\u20ac\\u{1f600}\\ud800!')]", utf8("a\u00e9\u20ac\u{1f600}\ud800!")),
    gives("new TextEncoder().encode('x') instanceof Uint8Array", true),
    gives(
      "(() => { const to = new Uint8Array(4); return [new TextEncoder().encodeInto('\\u20ac\\u20ac', to), ...to]; })()",
      [{ read: 1, written: 3 }, 0xe2, 0x82, 0xac, 0],
    ),
    gives("new TextEncoder().encodeInto('a\\u{1f600}b', new Uint8Array(5))", { read: 3, written: 5 }),
    throws("new TextEncoder().encodeInto('a', [] as any)", "TypeError"),
    throws("new TextEncoder().encode(Symbol() as any)", "TypeError"),
    throws("new TextEncoder().encodeInto(Symbol() as any, new Uint8Array(4))", "TypeError"),
    throws("(new TextEncoder() as any).encodeInto('a')", "TypeError"),
    gives("new TextEncoder().encodeInto('\\ud800', new Uint8Array(3))", { read: 1, written: 3 }),
    gives("Object.prototype.toString.call(new TextEncoder())", "[object TextEncoder]"),
  ],
  TextDecoder: [
    ...Object.entries(labels).map(([encoding, all]) =>
      gives(
        `${JSON.stringify(all.split(" "))}.flatMap((label) => [label, label.toUpperCase(), "\\t\\n\\f\\r " + label + " "]).filter((label) => new TextDecoder(label).encoding !== "${encoding}")`,
        [],
      ),
    ),
    ...["no such encoding", "", "utf-8\\u00a0", "\\u212aoi8-r", "shift_jis", "replacement", "utf-7"].map((label) =>
      throws(`new TextDecoder('${label}')`, "RangeError"),
    ),
    throws("new TextDecoder(Symbol() as any)", "TypeError"),
    ...streams.map(([encoding, chunks, texts]) =>
      gives(
        `((d) => [...${JSON.stringify(chunks)}.map((chunk) => d.decode(Uint8Array.from(chunk), { stream: true })), d.decode()])(new TextDecoder('${encoding}'))`,
        texts,
      ),
    ),
    gives("new TextDecoder('utf-16', { ignoreBOM: true }).decode(Uint8Array.of(0xff, 0xfe, 0x61, 0))", "\ufeffa"),
    throws("new TextDecoder('utf-16', { fatal: true }).decode(Uint8Array.of(0x61))", "TypeError"),
    throws("new TextDecoder('utf-16', { fatal: true }).decode(Uint8Array.of(0x3d, 0xd8))", "TypeError"),
    gives("new TextDecoder('latin1', { fatal: true }).decode(Uint8Array.of(0x81, 0xff).buffer)", "\x81\xff"),
    throws("new TextDecoder('latin1').decode('abc' as any)", "TypeError"),
    gives("new TextDecoder('latin1').decode(new Uint8Array(100_000).fill(0x61)).length", 100_000),
    gives("(({ fatal, ignoreBOM }) => [fatal, ignoreBOM])(new TextDecoder())", [false, false]),
    gives("new TextDecoder().decode()", ""),
    gives("new TextDecoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))", "a"),
    gives("new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))", "\ufeffa"),
    gives(
      "new TextDecoder().decode(Uint8Array.of(0x61, 0xff, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80))",
      "a\ufffd\ufffdb\ufffd\ufffd\ufffd",
    ),
    throws("new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.of(0xc0, 0x80))", "TypeError"),
    gives("new TextDecoder().decode(Uint8Array.of(0x61, 0x62, 0x63).buffer)", "abc"),
    gives("new TextDecoder().decode(new DataView(Uint8Array.of(0x61, 0x62, 0x63).buffer, 1))", "bc"),
    throws("new TextDecoder().decode('abc' as any)", "TypeError"),
    gives(
      "((d) => [0xf0, 0x9f, 0x98, 0x80].map((byte) => d.decode(Uint8Array.of(byte), { stream: true })).concat(d.decode()))(new TextDecoder())",
      ["", "", "", "\u{1f600}", ""],
    ),
    gives("((d) => [d.decode(Uint8Array.of(0xe2, 0x82), { stream: true }), d.decode()])(new TextDecoder())", [
      "",
      "\ufffd",
    ]),
    gives(
      "((d) => [0xef, 0xbb, 0xbf, 0x61].map((byte) => d.decode(Uint8Array.of(byte), { stream: true })))(new TextDecoder())",
      ["", "", "", "a"],
    ),
  ],
  "atob(), btoa()": [
    throws("btoa(Symbol() as any)", "TypeError"),
    throws("atob(Symbol() as any)", "TypeError"),
    gives("btoa('Man')", "TWFu"),
    gives("btoa('\\u00ff\\u0000')", "/wA="),
    throws("btoa('\\u0100')", "InvalidCharacterError"),
    gives("atob('TWFu')", "Man"),
    gives("atob(' T W\\nE ')", "Ma"),
    gives("atob('/wA=').charCodeAt(0)", 255),
    throws("atob('a')", "InvalidCharacterError"),
    throws("atob('_-_-')", "InvalidCharacterError"),
    throws("atob('TQ=')", "InvalidCharacterError"),
  ],
};
