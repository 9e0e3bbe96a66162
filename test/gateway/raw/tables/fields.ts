/** Field lines: names, values, ends of lines, and how many of them there may be. */
import type { RequestGroup, RequestRow } from "../row.js";

/** Lines below `Host: a`. */
function get(lines: string): string {
  return `GET / HTTP/1.1⏎Host: a⏎${lines}⏎⏎`;
}

function post(lines: string): string {
  return `POST / HTTP/1.1⏎Host: a⏎${lines}⏎⏎`;
}

const badNames: readonly (readonly [what: string, name: string])[] = [
  ["that is empty", ""],
  ["with a space before the colon", "X-A "],
  ["with a tab before the colon", "X-A\t"],
  ["with a space inside", "X A"],
  ["with a tab inside", "X\tA"],
  ["after a space", " X-A"],
  ["after a tab", "\tX-A"],
  ["with a bracket", "X[A]"],
  ["with a parenthesis", "X(A)"],
  ["with a comma", "X,A"],
  ["with a slash", "X/A"],
  ["with a question mark", "X?A"],
  ["with an at sign", "X@A"],
  ["with an equals sign", "X=A"],
  ["with a semicolon", "X;A"],
  ["with a quote", 'X"A'],
  ["with a backslash", "X\\A"],
  ["with a brace", "X{A}"],
  ["with an angle bracket", "<X-A>"],
  ["with a NUL", "X\0A"],
  ["with a control character", "X\x01A"],
  ["with a vertical tab", "X\vA"],
  ["with a form feed", "X\fA"],
  ["with a DEL", "X\x7fA"],
  ["with a bare CR", "X\rA"],
  ["with bytes above ASCII", "X-\xc3\xa4"],
  ["with a space that does not break", "X\xa0A"],
  ["after a mark of byte order", "\xef\xbb\xbfX-A"],
];

const goodNames = ["x", "X-A", "x_a", "x.a", "0", "!#$%&'*+-.^_`|~", "X--A"];

const badValues: readonly (readonly [what: string, value: string])[] = [
  ["with a NUL", "a\0b"],
  ["with a NUL at its beginning", "\0a"],
  ["with a NUL at its end", "a\0"],
  ["with a bare CR", "a\rb"],
  ["with a bare CR at its end", "a\r"],
  ["with a bare CR and a field after it", "a\rX-B: b"],
  ["with a control character", "a\x01b"],
  ["with a bell", "a\x07b"],
  ["with a backspace", "a\bb"],
  ["with an escape character", "a\x1b[31mb"],
  ["with a vertical tab", "a\vb"],
  ["with a form feed", "a\fb"],
  ["with a DEL", "a\x7fb"],
];

const goodValues: readonly (readonly [what: string, sent: string, forwarded: string])[] = [
  ["that is empty", "", ""],
  ["of spaces only", "  \t ", ""],
  ["with spaces around it", " \t 1 \t ", "1"],
  ["with spaces inside", "a  b", "a  b"],
  ["with a tab inside", "a\tb", "a\tb"],
  ["with a colon", "a: b", "a: b"],
  ["with bytes above ASCII", "\xe9\xff\x80", "\xe9\xff\x80"],
  ["with a byte that is a line break elsewhere", "a\x85b", "a\x85b"],
  ["with quotes that are open", '"a', '"a'],
  ["with a comma only", ",", ","],
  ["with an escaped line break", "a%0d%0aX-B: b", "a%0d%0aX-B: b"],
  ["with a backslash and letters", "a\\r\\nX-B: b", "a\\r\\nX-B: b"],
];

const names: RequestGroup = {
  kind: "the name of a field",
  rfc: "9110, 5.1",
  rows: [
    ...badNames.map(([what, name]): RequestRow => [what, get(`${name}: 1`), "400 close"]),
    ...goodNames.map(
      (name): RequestRow => [
        `of ${name}`,
        get(`${name}: 1`),
        "200 keep",
        "GET /",
        { has: [`${name.toLowerCase()}: 1`] },
      ],
    ),
    ["without a colon", get("X-A"), "400 close", [], { rfc: "9112, 5" }],
    ["without a colon, at the end", get("X-A: 1⏎X-B"), "400 close", [], { rfc: "9112, 5" }],
    ["of a colon only", get(":"), "400 close", [], { rfc: "9112, 5" }],
    ["with two colons", get("X-A:: 1"), "200 keep", "GET /", { has: ["x-a: : 1"], rfc: "9112, 5" }],
    ["as HTTP/2 has it", get(":path: /b"), "400 close", [], { rfc: "9112, 5" }],
    ["of 50,000 letters", get(`X${"a".repeat(50_000)}: 1`), "200|431 keep|close", "maybe GET /", { rfc: "6585, 5" }],
    ["of 62,000 letters", get(`X${"a".repeat(62_000)}: 1`), "431 close", [], { rfc: "6585, 5" }],
    [
      "Content-Length, with a space before the colon",
      post("Content-Length : 5"),
      "400 close",
      [],
      { rfc: "9112, 5.1" },
    ],
    ["that repeats comes apart and in order", get("X-A: 2⏎X-A: 1"), "200 keep", "GET /", { has: ["x-a: 2", "x-a: 1"] }],
  ],
};

const values: RequestGroup = {
  kind: "the value of a field",
  rfc: "9110, 5.5",
  rows: [
    ...badValues.map(([what, value]): RequestRow => [what, get(`X-A: ${value}`), "400 close"]),
    ...goodValues.map(
      ([what, sent, forwarded]): RequestRow => [
        what,
        get(`X-A: ${sent}`),
        "200 keep",
        "GET /",
        { has: [`x-a: ${forwarded}`], lacks: ["x-b"] },
      ],
    ),
    ...goodValues.map(
      ([what, sent, forwarded]): RequestRow => [
        `${what}, with a body`,
        `${post(`X-A: ${sent}⏎Content-Length: 2`)}hi`,
        "200 keep",
        "POST / length hi",
        { has: [`x-a: ${forwarded}`], lacks: ["x-b"] },
      ],
    ),
    ["without a space after the colon", get("X-A:1"), "200 keep", "GET /", { has: ["x-a: 1"] }],
    ["of 50,000 bytes", get(`X-A: ${"a".repeat(50_000)}`), "200 keep", "GET /"],
    ["of 62,000 bytes", get(`X-A: ${"a".repeat(62_000)}`), "431 close", [], { rfc: "6585, 5" }],
  ],
};

const folding: RequestGroup = {
  kind: "a folded field",
  rfc: "9112, 5.2",
  rows: [
    // A fold may be replaced by spaces or refused; this gateway refuses it.
    ["with a space", get("X-A: 1⏎ 2"), "400 close"],
    ["with a tab", get("X-A: 1⏎\t2"), "400 close"],
    ["after an empty value", get("X-A:⏎ 2"), "400 close"],
    ["with white space only", get("X-A: 1⏎ "), "400 close"],
    ["with a field in the fold", get("X-A: 1⏎ X-B: 2"), "400 close"],
    ["with a length in the fold", post("X-A: 1⏎ Content-Length: 5"), "400 close"],
    ["with a coding in the fold", post("X-A: 1⏎ Transfer-Encoding: chunked"), "400 close"],
    ["that is a coding", post("Transfer-Encoding:⏎ chunked"), "400 close"],
    ["that is a length", post("Content-Length:⏎ 5"), "400 close"],
    ["that is the first line", "GET / HTTP/1.1⏎ Host: a⏎⏎", "400 close", [], { rfc: "9112, 2.2" }],
    ["with LF only", get("X-A: 1\n 2"), "400 close"],
  ],
};

const lineEnds: RequestGroup = {
  kind: "the end of a line",
  rfc: "9112, 2.2",
  rows: [
    // A single LF may be taken for the end of a line; this gateway does not.
    ["of LF only", get("X-A: 1\nX-B: 2"), "400 close"],
    ["of LF only, with a length after it", post("X-A: 1\nContent-Length: 5"), "400 close"],
    ["of LF only, everywhere", "GET / HTTP/1.1\nHost: a\n\n", "400 close"],
    ["of CR only", get("X-A: 1\rX-B: 2"), "400 close"],
    ["of CR only, everywhere", "GET / HTTP/1.1\rHost: a\r\r", "400 close"],
    ["of two CRs and LF", get("X-A: 1\r⏎X-B: 2"), "400 close"],
    ["of LF and CR", get("X-A: 1\n\rX-B: 2"), "400 close"],
    ["of CR, NUL and LF", get("X-A: 1\r\0\nX-B: 2"), "400 close"],
    ["of CR, space and LF", get("X-A: 1\r \nX-B: 2"), "400 close"],
    ["of the head, of LF only", "GET / HTTP/1.1⏎Host: a⏎\n", "400 close"],
    ["of the head, of CRLF after LF", "GET / HTTP/1.1⏎Host: a\n⏎", "400 close"],
    ["of the head, of CR only", "GET / HTTP/1.1⏎Host: a⏎\r", "400 close"],
    ["of the head, of CR and text", "GET / HTTP/1.1⏎Host: a⏎\rX", "400 close"],
    ["of the head, with a space", "GET / HTTP/1.1⏎Host: a⏎ ⏎", "400 close", [], { rfc: "9112, 5.2" }],
    ["of the head, that is missing", "GET / HTTP/1.1⏎Host: a⏎", "400 close", []],
    ["of the head, that never comes", "GET / HTTP/1.1⏎Host: a⏎", "400? close", [], { open: true, rfc: "9112, 8" }],
  ],
};

function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `x-${i}: 1`).join("⏎");
}

const limits: RequestGroup = {
  kind: "a head",
  rfc: "6585, 5",
  rows: [
    ["of 900 fields", get(many(900)), "200 keep", "GET /", { has: ["x-0: 1", "x-899: 1"] }],
    [
      "of 990 fields with a body",
      post(`Content-Length: 0⏎${many(980)}`),
      "200 keep",
      "POST / length",
      { has: ["x-979: 1"] },
    ],
    ["of 1,001 fields", get(many(1_000)), "431 close"],
    ["of 1,500 fields", get(many(1_500)), "431 close"],
    ["of 1,500 fields, with a body", post(`Content-Length: 5⏎${many(1_500)}`), "431 close"],
    ["of 5,000 fields", get(many(5_000)), "431 close"],
    ["of 55,000 bytes", get(`X-A: ${"a".repeat(27_000)}⏎X-B: ${"b".repeat(27_000)}`), "200 keep", "GET /"],
    ["of 66,000 bytes", get(`X-A: ${"a".repeat(33_000)}⏎X-B: ${"b".repeat(33_000)}`), "431 close"],
    ["of 66,000 bytes with a body", post(`Content-Length: 5⏎X-A: ${"a".repeat(66_000)}`), "431 close"],
    ["of 500,000 bytes", get(many(40_000)), "431 close"],
    ["of 200 cookies", get(Array.from({ length: 200 }, (_, i) => `Cookie: c${i}=1`).join("⏎")), "200 keep", "GET /"],
  ],
};

export const fields: readonly RequestGroup[] = [names, values, folding, lineEnds, limits];
