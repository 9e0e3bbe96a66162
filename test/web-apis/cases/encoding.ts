import { gives, throws, type WebApiCases } from "../case.js";

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
    gives("Object.prototype.toString.call(new TextEncoder())", "[object TextEncoder]"),
  ],
  TextDecoder: [
    ...["utf-8", "UTF8", " unicode-1-1-utf-8\\n"].map((label) =>
      gives(`new TextDecoder('${label}').encoding`, "utf-8"),
    ),
    throws("new TextDecoder('no such encoding')", "RangeError"),
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
