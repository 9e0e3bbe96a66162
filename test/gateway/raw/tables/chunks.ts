/** Chunked bodies: sizes, extensions, ends of lines, trailers. */
import type { RequestGroup, RequestRow } from "../row.js";

function chunked(body: string): string {
  return `POST / HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎${body}`;
}

/** The head may be at the upstream already when a chunk turns out to be broken; its request never ends then. */
const broken = { partial: "POST /" } as const;

const badSizes: readonly (readonly [what: string, size: string])[] = [
  ["that is empty", ""],
  ["that is no number", "x"],
  ["that is a letter above f", "g"],
  ["with a prefix", "0x5"],
  ["with a capital prefix", "0X5"],
  ["with a plus", "+5"],
  ["with a minus", "-5"],
  ["of minus zero", "-0"],
  ["with a point", "5.0"],
  ["with an underscore", "0_5"],
  ["with a comma", "5,0"],
  ["with a space before it", " 5"],
  ["with a tab before it", "\t5"],
  ["with a space inside", "0 5"],
  ["with an h after it", "5h"],
  ["in quotes", '"5"'],
  ["with a NUL before it", "\x005"],
  ["with a NUL after it", "5\0"],
  ["with a vertical tab after it", "5\v"],
  ["with a form feed after it", "5\f"],
  ["with a byte above ASCII", "5\xff"],
  ["with a mark of byte order", "\xef\xbb\xbf5"],
  ["of 2^64 and 5", "10000000000000005"],
  ["of 2^64", "10000000000000000"],
  ["of 40 digits", "f".repeat(40)],
  ["after an empty line", "⏎5"],
  ["with a bare CR after it", "5\r\r"],
  ["with a bare CR and text after it", "5\rx"],
];

const sizes: RequestGroup = {
  kind: "the size of a chunk",
  rfc: "9112, 7.1",
  rows: [
    ["in lower case", chunked("a⏎helloworld⏎0⏎⏎"), "200 keep", "POST / chunked helloworld"],
    ["in upper case", chunked("A⏎helloworld⏎0⏎⏎"), "200 keep", "POST / chunked helloworld"],
    ["with leading zeros", chunked("0005⏎hello⏎0⏎⏎"), "200 keep", "POST / chunked hello"],
    [
      "with 30 leading zeros",
      chunked(`${"0".repeat(30)}5⏎hello⏎0⏎⏎`),
      "200|400 keep|close",
      "maybe POST / chunked hello",
      broken,
    ],
    ["of 1, five times", chunked("1⏎h⏎1⏎e⏎1⏎l⏎1⏎l⏎1⏎o⏎0⏎⏎"), "200 keep", "POST / chunked hello"],
    ["of 0 at once", chunked("0⏎⏎"), "200 keep", "POST / chunked"],
    ["of 000", chunked("5⏎hello⏎000⏎⏎"), "200 keep", "POST / chunked hello"],
    ...badSizes.map(([what, size]): RequestRow => [what, chunked(`${size}⏎hello⏎0⏎⏎`), "400 close", [], broken]),
    // White space before an extension or the end of the line is bad, but may be taken.
    ["with a space after it", chunked("5 ⏎hello⏎0⏎⏎"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    ["with a tab after it", chunked("5\t⏎hello⏎0⏎⏎"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    ["with a space after the last one", chunked("0 ⏎⏎"), "200|400 keep|close", "maybe POST / chunked", broken],
    ["of 2^32 and 5 is not 5", chunked("100000005⏎hello⏎0⏎⏎"), "400|413? close", [], { ...broken, open: true }],
    ["of 2^63", chunked("8000000000000000⏎hello⏎0⏎⏎"), "400|413? close", [], { ...broken, open: true }],
    ["of 2^64 less 1", chunked("ffffffffffffffff⏎hello⏎0⏎⏎"), "400|413? close", [], { ...broken, open: true }],
    ["that is broken in the second chunk", chunked("5⏎hello⏎x⏎hello⏎0⏎⏎"), "400 close", [], broken],
    ["that is broken in the last chunk", chunked("5⏎hello⏎0x⏎⏎"), "400 close", [], broken],
  ],
};

const endsOfChunks: RequestGroup = {
  kind: "a chunk",
  rfc: "9112, 7.1",
  rows: [
    [
      "of a request is content",
      chunked("23⏎GET /smuggled HTTP/1.1⏎Host: a⏎⏎⏎0⏎⏎"),
      "200 keep",
      "POST / chunked GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ["of the end of a body is content", chunked("5⏎0⏎⏎⏎0⏎⏎"), "200 keep", "POST / chunked 0\r\n\r\n"],
    ["longer than its size", chunked("5⏎hello!⏎0⏎⏎"), "400 close", [], broken],
    ["shorter than its size", chunked("5⏎hell⏎0⏎⏎"), "400 close", [], broken],
    ["without a line's end", chunked("5⏎hello0⏎⏎"), "400 close", [], broken],
    ["that ends with LF only", chunked("5⏎hello\n0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["that ends with CR only", chunked("5⏎hello\r0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["that ends with two CRs", chunked("5⏎hello\r⏎0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["that ends with a space", chunked("5⏎hello ⏎0⏎⏎"), "400 close", [], broken],
    ["that ends with any two bytes", chunked("5⏎helloxx0⏎⏎"), "400 close", [], broken],
    ["whose size ends with LF only", chunked("5\nhello⏎0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["whose size ends with CR only", chunked("5\rhello⏎0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["of LFs only", chunked("5\nhello\n0\n\n"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["of size 0 that ends with LF only", chunked("5⏎hello⏎0\n\n"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["of size 0 with LF only after it", chunked("5⏎hello⏎0⏎\n"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["of size 0 with CR only after it", chunked("5⏎hello⏎0⏎\r"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["of size 0 without the last line's end", chunked("5⏎hello⏎0⏎"), "400 close", [], broken],
    ["of size 0 that is missing", chunked("5⏎hello⏎"), "400 close", [], broken],
    ["of size 0 that never comes", chunked("5⏎hello⏎"), "400? close", [], { ...broken, open: true }],
    ["of size 0 whose last line never ends", chunked("5⏎hello⏎0⏎"), "400? close", [], { ...broken, open: true }],
    ["whose content never comes", chunked("5⏎he"), "400? close", [], { ...broken, open: true }],
    ["that never comes", chunked(""), "400? close", [], { ...broken, open: true }],
    ["that is text", chunked("hello"), "400 close", [], broken],
    ["after the last one", chunked("0⏎⏎5⏎hello⏎0⏎⏎"), "200 400? close", "POST / chunked"],
    ["after the last one without an empty line", chunked("0⏎5⏎hello⏎0⏎⏎"), "400 close", [], broken],
  ],
};

function extension(text: string): string {
  return chunked(`5${text}⏎hello⏎0⏎⏎`);
}

const extensions: RequestGroup = {
  kind: "an extension of a chunk",
  rfc: "9112, 7.1.1",
  rows: [
    ["is ignored", extension(";a"), "200 keep", "POST / chunked hello"],
    ["with a value", extension(";a=b"), "200 keep", "POST / chunked hello"],
    ["with a value in quotes", extension(';a="b"'), "200 keep", "POST / chunked hello"],
    ["with a semicolon in quotes", extension(';a="b;c"'), "200 keep", "POST / chunked hello"],
    ["with a space in quotes", extension(';a="b c"'), "200 keep", "POST / chunked hello"],
    ["with an escaped quote", extension(';a="b\\"c"'), "200 keep", "POST / chunked hello"],
    ["of two", extension(";a=b;c=d"), "200 keep", "POST / chunked hello"],
    ["of the last chunk", chunked("5⏎hello⏎0;a=b⏎⏎"), "200 keep", "POST / chunked hello"],
    ["that says another size", extension(";5=0"), "200 keep", "POST / chunked hello"],
    // Bad white space, and names that are none: may be ignored as the rest is, as long as the line is one.
    ["with spaces around it", extension(" ; a=b"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    [
      "with a space after the semicolon",
      extension("; a=b"),
      "200|400 keep|close",
      "maybe POST / chunked hello",
      broken,
    ],
    [
      "with a space around the equals sign",
      extension(";a = b"),
      "200|400 keep|close",
      "maybe POST / chunked hello",
      broken,
    ],
    ["without a name", extension(";"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    ["without a name, with a value", extension(";=b"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    ["of two semicolons", extension(";;a"), "200|400 keep|close", "maybe POST / chunked hello", broken],
    ["with quotes that are open", extension(';a="b'), "400 close", [], broken],
    ["with an LF", extension(";a\nb"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["with an LF that hides a chunk", chunked("5;a\n⏎hello⏎0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["with an LF in quotes", extension(';a="b\nc"'), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["with a bare CR", extension(";a\rb"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["with a bare CR in quotes", extension(';a="b\rc"'), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["with a line's end in quotes", extension(';a="b⏎c"'), "400 close", [], broken],
    ["with a NUL", extension(";a\0b"), "400 close", [], broken],
    ["with a control character", extension(";a\x01b"), "400 close", [], broken],
    ["that ends with LF only", chunked("5;a\nhello⏎0⏎⏎"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    [
      "of the last chunk that ends with LF only",
      chunked("5⏎hello⏎0;a\n⏎"),
      "400 close",
      [],
      { ...broken, rfc: "9112, 2.2" },
    ],
    [
      "of 10,000 bytes",
      extension(`;${"a".repeat(10_000)}`),
      "200|400|413 keep|close",
      "maybe POST / chunked hello",
      broken,
    ],
    ["of 100,000 bytes", extension(`;${"a".repeat(100_000)}`), "400|413 close", [], broken],
  ],
};

function trailers(lines: string): string {
  return chunked(`5⏎hello⏎0⏎${lines}⏎⏎`);
}

const dropped = [
  "Content-Length: 0",
  "Transfer-Encoding: chunked",
  "Host: b",
  "X-Forwarded-For: 1.2.3.4",
  "X-Request-Id: x",
  "Authorization: x",
  "Connection: close",
  "Expect: 100-continue",
  "Upgrade: h2c",
  "Trailer: X-T",
  "Cookie: a=b",
  "TE: trailers",
];

const trailerFields: RequestGroup = {
  kind: "a request's trailer",
  rfc: "9110, 6.5.1",
  rows: [
    ["is dropped", trailers("X-T: 1"), "200 keep", "POST / chunked hello", { lacks: ["x-t"] }],
    ["of many is dropped", trailers("X-T: 1⏎X-U: 2⏎X-T: 3"), "200 keep", "POST / chunked hello", { lacks: ["x-t"] }],
    ["after an empty body is dropped", chunked("0⏎X-T: 1⏎⏎"), "200 keep", "POST / chunked"],
    [
      "that was announced is dropped",
      `POST / HTTP/1.1⏎Host: a⏎Trailer: X-T⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎X-T: 1⏎⏎`,
      "200 keep",
      "POST / chunked hello",
      { lacks: ["x-t"] },
    ],
    // Node's parser takes `Connection: close` for the message's, and answers 400 to what follows.
    ...dropped.map(
      (line): RequestRow => [
        `that says ${line} does nothing`,
        trailers(line),
        "200|400 400? keep|close",
        "maybe POST / chunked hello",
        broken,
      ],
    ),
    ["without a colon", trailers("X-T"), "400 close", [], { ...broken, rfc: "9112, 5" }],
    ["without a name", trailers(": 1"), "400 close", [], { ...broken, rfc: "9112, 5" }],
    ["with a space before the colon", trailers("X-T : 1"), "400 close", [], { ...broken, rfc: "9112, 5.1" }],
    ["with a space before the name", trailers(" X-T: 1"), "400 close", [], { ...broken, rfc: "9112, 5.2" }],
    ["that is folded", trailers("X-T: 1⏎ 2"), "400 close", [], { ...broken, rfc: "9112, 5.2" }],
    ["with a NUL", trailers("X-T: a\0b"), "400 close", [], broken],
    ["with a bare CR", trailers("X-T: a\rb"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["that ends with LF only", trailers("X-T: 1\nX-U: 2"), "400 close", [], { ...broken, rfc: "9112, 2.2" }],
    ["that is a request", trailers("GET /smuggled HTTP/1.1⏎Host: a"), "400 close", [], { ...broken, rfc: "9112, 5" }],
    ["of 70,000 bytes", trailers(`X-T: ${"a".repeat(70_000)}`), "400|413|431 close", [], { ...broken, rfc: "6585, 5" }],
    ["that never ends", chunked("5⏎hello⏎0⏎X-T: 1"), "400? close", [], { ...broken, open: true }],
  ],
};

export const chunks: readonly RequestGroup[] = [sizes, endsOfChunks, extensions, trailerFields];
