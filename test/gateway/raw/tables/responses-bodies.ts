/** Where a response's body ends: length, coding, end of the connection, and contradictions. */
import type { ResponseGroup, ResponseRow } from "../row.js";

function ok(lines: string, body = ""): string {
  return `HTTP/1.1 200 OK⏎${lines}⏎⏎${body}`;
}

function chunked(body: string): string {
  return ok("Transfer-Encoding: chunked", body);
}

const hello = "5⏎hello⏎0⏎⏎";
/** A response that nobody asked for. */
const poison = "HTTP/1.1 200 OK⏎Content-Length: 6⏎⏎poison";

/** Comes when the gateway may have given the connection to nobody, or to the next request. */
const late = { late: poison } as const;

const badLengths = [
  "",
  "x",
  "+5",
  "-5",
  "5.0",
  "0x5",
  "5x",
  "5 5",
  "5, 6",
  "5,",
  "5;",
  "18446744073709551621",
  "9".repeat(40),
];

/** The first chunk is broken: nothing of a body was sent, 502 is due, unless the head is out. */
const brokenFirst: readonly (readonly [what: string, body: string])[] = [
  ["size that is no number", "x⏎hello⏎0⏎⏎"],
  ["size that is empty", "⏎hello⏎0⏎⏎"],
  ["size with a prefix", "0x5⏎hello⏎0⏎⏎"],
  ["size with a plus", "+5⏎hello⏎0⏎⏎"],
  ["size with a minus", "-5⏎hello⏎0⏎⏎"],
  ["size with a space before it", " 5⏎hello⏎0⏎⏎"],
  ["size with a NUL", "5\0⏎hello⏎0⏎⏎"],
  ["size with a comma", "5,⏎hello⏎0⏎⏎"],
  ["size of 2^64 and 5", "10000000000000005⏎hello⏎0⏎⏎"],
  ["size that ends with CR only", "5\rhello⏎0⏎⏎"],
];

/** Something of a body was sent before the chunks broke: the client must see that it is not complete. */
const brokenLater: readonly (readonly [what: string, body: string])[] = [
  ["longer than its size", "5⏎hello!⏎0⏎⏎"],
  ["shorter than its size", "5⏎hell⏎0⏎⏎"],
  ["without a line's end", "5⏎hello0⏎⏎"],
  ["that ends with any two bytes", "5⏎helloxx0⏎⏎"],
  ["before one whose size is no number", "5⏎hello⏎x⏎hello⏎0⏎⏎"],
  ["before one whose size is empty", "5⏎hello⏎⏎0⏎⏎"],
  ["before one whose size is a response", `5⏎hello⏎${poison}`],
];

const lengths: ResponseGroup = {
  kind: "a response's length",
  rfc: "9112, 6.3",
  rows: [
    ["of 5", ok("Content-Length: 5", "hello"), "200 hello"],
    ["with leading zeros is decimal", ok("Content-Length: 005", "hello"), "200 hello or 502"],
    ["with spaces around it", ok("Content-Length:   5  ", "hello"), "200 hello"],
    ["with 1 byte more", ok("Content-Length: 5", "hello!"), "200 hello"],
    ["with a response more", ok("Content-Length: 5", `hello${poison}`), "200 hello"],
    ["with a response more, and the end", ok("Content-Length: 5", `hello${poison}`), "200 hello", { then: "end" }],
    ["of 5 with a response later", ok("Content-Length: 5", "hello"), "200 hello", late],
    ["of 0 with a response later", ok("Content-Length: 0"), "200", late],
    ["of 5 with a byte later", ok("Content-Length: 5", "hello"), "200 hello", { late: "x" }],
    ["of 5 with an empty line later", ok("Content-Length: 5", "hello"), "200 hello", { late: "⏎" }],
    ["of 0 with a response more", ok("Content-Length: 0", poison), "200"],
    ["of 0 with a body", ok("Content-Length: 0", "hello"), "200"],
    ["with 1 byte less", ok("Content-Length: 5", "hell"), "200 cut", { then: "end", rfc: "9112, 8" }],
    [
      "with 1 byte less, and a reset",
      ok("Content-Length: 5", "hell"),
      "200 cut or 502",
      { then: "reset", rfc: "9112, 8" },
    ],
    ["with no byte", ok("Content-Length: 5"), "200 cut or 502", { then: "end", rfc: "9112, 8" }],
    ["with no byte, and a reset", ok("Content-Length: 5"), "200 cut or 502", { then: "reset", rfc: "9112, 8" }],
    ["of 2^53 with 5 bytes", ok("Content-Length: 9007199254740993", "hello"), "200 cut or 502", { then: "end" }],
    ...badLengths.map(
      (value): ResponseRow => [
        `of ${JSON.stringify(value)}`,
        ok(`Content-Length: ${value}`, "hello"),
        "502",
        { then: "end" },
      ],
    ),
    ["of a list of the same", ok("Content-Length: 5, 5", "hello"), "502 or 200 hello", { rfc: "9110, 8.6" }],
    ["twice, the same", ok("Content-Length: 5⏎Content-Length: 5", "hello"), "502 or 200 hello", { rfc: "9110, 8.6" }],
    ["twice, not the same", ok("Content-Length: 5⏎Content-Length: 6", "hello!"), "502", { rfc: "9110, 8.6" }],
    ["twice, the second 0", ok("Content-Length: 5⏎Content-Length: 0", "hello"), "502", { rfc: "9110, 8.6" }],
    ["after LF only", ok("X-A: 1\nContent-Length: 5", "hello"), "502 or 200 hello", { then: "end", rfc: "9112, 2.2" }],
    ["of 100,000", ok("Content-Length: 100000", "x".repeat(100_000)), `200 ${"x".repeat(100_000)}`],
    ["of 5 for HTTP/1.0", ok("Content-Length: 5", "hello"), "200 hello", { to: ["GET HTTP/1.0"] }],
  ],
};

const chunks: ResponseGroup = {
  kind: "a response in chunks",
  rfc: "9112, 7.1",
  rows: [
    ["of one", chunked(hello), "200 hello"],
    ["of five", chunked("1⏎h⏎1⏎e⏎1⏎l⏎1⏎l⏎1⏎o⏎0⏎⏎"), "200 hello"],
    ["of none", chunked("0⏎⏎"), "200"],
    ["with leading zeros", chunked("0005⏎hello⏎000⏎⏎"), "200 hello"],
    ["in capitals", chunked("A⏎helloworld⏎0⏎⏎"), "200 helloworld"],
    ["with an extension", chunked('5;a="b"⏎hello⏎0;c⏎⏎'), "200 hello"],
    ["with a response in it", chunked(`2c⏎${poison}⏎0⏎⏎`), `200 ${crlf(poison)}`],
    ["with Chunked in capitals", ok("Transfer-Encoding: Chunked", hello), "200 hello"],
    ["for HTTP/1.0", chunked(hello), "200 hello", { to: ["GET HTTP/1.0"], lacks: ["transfer-encoding"] }],
    ["that closes", ok("Connection: close⏎Transfer-Encoding: chunked", hello), "200 hello", { then: "end" }],
    ["with a response after it", chunked(`${hello}${poison}`), "200 hello"],
    ["with a byte after it", chunked(`${hello}x`), "200 hello"],
    ["with a response later", chunked(hello), "200 hello", late],
    ["with a size and a space", chunked("5 ⏎hello⏎0⏎⏎"), "200 hello or 502 or 200 cut"],
    ["with LFs only", chunked("5\nhello\n0\n\n"), "200 hello or 502 or 200 cut", { then: "end", rfc: "9112, 2.2" }],
    ...brokenFirst.map(
      ([what, body]): ResponseRow => [
        `the first broken, by a ${what}`,
        chunked(body),
        "502 or 200 cut",
        { then: "end" },
      ],
    ),
    ...brokenLater.map(
      ([what, body]): ResponseRow => [`one broken: ${what}`, chunked(body), "200 cut or 502", { then: "end" }],
    ),
    ["that has no end", chunked("5⏎hello⏎"), "200 cut", { then: "end", rfc: "9112, 8" }],
    ["that has no end, and a reset", chunked("5⏎hello⏎"), "200 cut or 502", { then: "reset", rfc: "9112, 8" }],
    ["that ends within a chunk", chunked("5⏎hel"), "200 cut", { then: "end", rfc: "9112, 8" }],
    ["that ends within a size", chunked("5"), "200 cut or 502", { then: "end", rfc: "9112, 8" }],
    ["that ends after its head", chunked(""), "200 cut or 502", { then: "end", rfc: "9112, 8" }],
    ["that ends without its last line", chunked("5⏎hello⏎0⏎"), "200 cut", { then: "end", rfc: "9112, 8" }],
  ],
};

function crlf(text: string): string {
  return text.replaceAll("⏎", "\r\n");
}

const codings: ResponseGroup = {
  kind: "a response's coding",
  rfc: "9112, 6.1",
  rows: [
    ["of gzip and chunked", ok("Transfer-Encoding: gzip, chunked", hello), "502"],
    ["of gzip and chunked on two lines", ok("Transfer-Encoding: gzip⏎Transfer-Encoding: chunked", hello), "502"],
    ["of gzip", ok("Transfer-Encoding: gzip", "hello"), "502", { then: "end" }],
    ["of identity", ok("Transfer-Encoding: identity", "hello"), "502 or 200 hello", { then: "end" }],
    ["of a cow", ok("Transfer-Encoding: cow", "hello"), "502", { then: "end" }],
    ["of a cow and chunked", ok("Transfer-Encoding: cow, chunked", hello), "502"],
    ["of chunked and gzip", ok("Transfer-Encoding: chunked, gzip", hello), "502", { then: "end" }],
    ["of chunked twice", ok("Transfer-Encoding: chunked, chunked", hello), "502"],
    ["of chunked twice on two lines", ok("Transfer-Encoding: chunked⏎Transfer-Encoding: chunked", hello), "502"],
    ["of xchunked", ok("Transfer-Encoding: xchunked", hello), "502", { then: "end" }],
    ["of chunked with a NUL", ok("Transfer-Encoding: chunked\0", hello), "502"],
    ["of chunked with a vertical tab", ok("Transfer-Encoding: \vchunked", hello), "502", { then: "end" }],
    ["of chunked in quotes", ok('Transfer-Encoding: "chunked"', hello), "502", { then: "end" }],
    ["that is empty", ok("Transfer-Encoding:", "hello"), "502 or 200 hello", { then: "end" }],
    ["with a space before the colon", ok("Transfer-Encoding : chunked", hello), "502 or 200 hello", { then: "end" }],
    ["that is folded", ok("Transfer-Encoding:⏎ chunked", hello), "502 or 200 hello", { then: "end" }],
    ["of HTTP/1.0", `HTTP/1.0 200 OK⏎Transfer-Encoding: chunked⏎⏎${hello}`, "502 or 200 hello", { then: "end" }],
    [
      "of chunked, with a length",
      ok("Content-Length: 5⏎Transfer-Encoding: chunked", hello),
      "502 or 200 hello",
      { rfc: "9112, 6.3" },
    ],
    [
      "of chunked, before a length",
      ok("Transfer-Encoding: chunked⏎Content-Length: 15", hello),
      "502 or 200 hello",
      { rfc: "9112, 6.3" },
    ],
    [
      "of chunked, with a length of 0",
      ok("Content-Length: 0⏎Transfer-Encoding: chunked", hello),
      "502 or 200 hello",
      {
        rfc: "9112, 6.3",
      },
    ],
    [
      "of chunked, with a length that hides a response",
      ok("Content-Length: 45⏎Transfer-Encoding: chunked", `0⏎⏎${poison}`),
      "502 or 200",
      { rfc: "9112, 6.3" },
    ],
    ["of gzip and chunked, with a length", ok("Content-Length: 15⏎Transfer-Encoding: gzip, chunked", hello), "502"],
    [
      "of identity, with a length",
      ok("Content-Length: 5⏎Transfer-Encoding: identity", "hello"),
      "502 or 200 hello",
      { then: "end" },
    ],
  ],
};

const untilClose: ResponseGroup = {
  kind: "a response to the end of the connection",
  rfc: "9112, 6.3",
  rows: [
    ["of HTTP/1.0", "HTTP/1.0 200 OK⏎⏎hello", "200 hello", { then: "end" }],
    ["of HTTP/1.1", "HTTP/1.1 200 OK⏎⏎hello", "200 hello", { then: "end" }],
    ["of HTTP/1.1 with close", ok("Connection: close", "hello"), "200 hello", { then: "end" }],
    ["of HTTP/1.1 with keep-alive", ok("Connection: keep-alive", "hello"), "200 hello", { then: "end" }],
    ["without a byte", "HTTP/1.1 200 OK⏎⏎", "200", { then: "end" }],
    ["of 404", "HTTP/1.1 404 No⏎⏎hello", "404 hello", { then: "end" }],
    ["with a response in it", `HTTP/1.1 200 OK⏎⏎${poison}`, `200 ${crlf(poison)}`, { then: "end" }],
    ["for HTTP/1.0", "HTTP/1.0 200 OK⏎⏎hello", "200 hello", { to: ["GET HTTP/1.0"], then: "end" }],
    // Complete, whatever ended it, by the letter of the RFC.
    ["with a reset", "HTTP/1.0 200 OK⏎⏎hello", "200 hello or 200 cut or 502", { then: "reset", rfc: "9112, 8" }],
    ["of 100,000 bytes", `HTTP/1.1 200 OK⏎⏎${"x".repeat(100_000)}`, `200 ${"x".repeat(100_000)}`, { then: "end" }],
  ],
};

export const responseBodies: readonly ResponseGroup[] = [lengths, chunks, codings, untilClose];
