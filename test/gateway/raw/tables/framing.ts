/** Where a request's body ends: content-length, transfer-encoding, both, neither, and what looks like them. */
import type { RequestGroup, RequestRow } from "../row.js";

function post(lines: string, body = ""): string {
  return `POST / HTTP/1.1⏎Host: a⏎${lines}⏎⏎${body}`;
}

/** A body that is one request more to whoever does not see the length. */
const smuggled = "GET /smuggled HTTP/1.1⏎Host: a⏎⏎";
/** Its end is the end of a chunked body, too, for whoever sees chunks. */
const endThenSmuggled = `0⏎⏎${smuggled}`;
const hello = "5⏎hello⏎0⏎⏎";

const badLengths: readonly (readonly [what: string, value: string])[] = [
  ["that is empty", ""],
  ["of spaces", "  "],
  ["that is no number", "five"],
  ["with a plus", "+5"],
  ["with a minus", "-5"],
  ["of minus zero", "-0"],
  ["of minus one", "-1"],
  ["with a point", "5.0"],
  ["with a point only at its end", "5."],
  ["with an exponent", "5e0"],
  ["in hexadecimal", "0x5"],
  ["in hexadecimal without a mark", "a"],
  ["in octal", "0o5"],
  ["in binary", "0b101"],
  ["with an underscore", "0_5"],
  ["with a space inside", "0 5"],
  ["with a tab inside", "0\t5"],
  ["with a letter after it", "5x"],
  ["with a letter before it", "x5"],
  ["with a semicolon", "5;"],
  ["with a quote", "5'"],
  ["in quotes", '"5"'],
  ["with a comma after it", "5,"],
  ["with a comma before it", ",5"],
  ["that is a list of the same", "5, 5"],
  ["that is a list without spaces", "5,5"],
  ["that is a list of two", "5, 6"],
  ["that is a list with zero", "0, 5"],
  ["with a comma for thousands", "1,000"],
  ["with a NUL", "5\0"],
  ["with a vertical tab before it", "\v5"],
  ["with a form feed after it", "5\f"],
  ["with a space that does not break", "\xa05"],
  ["with a digit of another script", "\xd9\xa5"],
  ["of 2^64", "18446744073709551616"],
  ["of 2^64 and 5", "18446744073709551621"],
  ["of 40 digits", "9".repeat(40)],
  ["of NaN", "NaN"],
  ["of Infinity", "Infinity"],
];

const lengths: RequestGroup = {
  kind: "a content-length",
  rfc: "9112, 6.2",
  rows: [
    ["of 5", post("Content-Length: 5", "hello"), "200 keep", "POST / length hello"],
    ["of 0", post("Content-Length: 0"), "200 keep", "POST / length"],
    ["of 00", post("Content-Length: 00"), "200 keep", "POST / length"],
    [
      "with leading zeros is decimal",
      post("Content-Length: 010", "helloworld"),
      "200 keep",
      "POST / length helloworld",
    ],
    ["with spaces around it", post("Content-Length:   5  ", "hello"), "200 keep", "POST / length hello"],
    ["with a tab before it", post("Content-Length: \t5", "hello"), "200 keep", "POST / length hello"],
    // Valid; Node's parser refuses it.
    ["with a tab after it", post("Content-Length: 5\t", "hello"), "200|400 keep|close", "maybe POST / length hello"],
    ["without a space after the colon", post("Content-Length:5", "hello"), "200 keep", "POST / length hello"],
    ["in lower case", post("content-length: 5", "hello"), "200 keep", "POST / length hello"],
    ["in capitals", post("CONTENT-LENGTH: 5", "hello"), "200 keep", "POST / length hello"],
    [
      "of a request in the body",
      post("Content-Length: 36", `${smuggled}x`),
      "200 keep",
      `POST / length ${crlf(smuggled)}x`,
    ],
    ["of 3 with 5 bytes", post("Content-Length: 3", "hello"), "200 400? close", "POST / length hel"],
    ["of 9 with 5 bytes", post("Content-Length: 9", "hello"), "200 400? close", "POST / length helloGET "],
    [
      "of 9 with 5 bytes and no more",
      post("Content-Length: 9", "hello"),
      "400? close",
      [],
      { open: true, partial: "POST /" },
    ],
    ["of 5 with no bytes", post("Content-Length: 5"), "400? close", [], { open: true, partial: "POST /" }],
    [
      "of 2^53 and no more",
      post("Content-Length: 9007199254740993"),
      "400|413? close",
      [],
      { open: true, partial: "POST /" },
    ],
    [
      "of 2^32 and 5 is not 5",
      post("Content-Length: 4294967301", "hello"),
      "400|413? close",
      [],
      {
        open: true,
        partial: "POST /",
      },
    ],
    ...badLengths.map(([what, value]): RequestRow => [what, post(`Content-Length: ${value}`, "hello"), "400 close"]),
    ["twice, the same", post("Content-Length: 5⏎Content-Length: 5", "hello"), "400 close", [], { rfc: "9110, 8.6" }],
    [
      "twice, not the same",
      post("Content-Length: 5⏎Content-Length: 6", "hello"),
      "400 close",
      [],
      { rfc: "9110, 8.6" },
    ],
    [
      "twice, the second 0",
      post("Content-Length: 5⏎Content-Length: 0", "hello"),
      "400 close",
      [],
      { rfc: "9110, 8.6" },
    ],
    [
      "twice, the first 0",
      post("Content-Length: 0⏎content-length: 35", smuggled),
      "400 close",
      [],
      { rfc: "9110, 8.6" },
    ],
    ["twice, one empty", post("Content-Length: 5⏎Content-Length:", "hello"), "400 close", [], { rfc: "9110, 8.6" }],
    ["three times", post("Content-Length: 5⏎Content-Length: 5⏎Content-Length: 5", "hello"), "400 close"],
    ["with a space before the colon", post("Content-Length : 5", "hello"), "400 close", [], { rfc: "9112, 5.1" }],
    ["with a space before the name", post("X-A: 1⏎ Content-Length: 5", "hello"), "400 close", [], { rfc: "9112, 5.2" }],
    [
      "with an underscore is none",
      post("Content_Length: 35", smuggled),
      "200 200 keep",
      ["POST / length", "GET /smuggled"],
    ],
    [
      "without its hyphen is none",
      post("ContentLength: 35", smuggled),
      "200 200 keep",
      ["POST / length", "GET /smuggled"],
    ],
    [
      "on a line with LF only before it",
      post("X-A: 1\nContent-Length: 5", "hello"),
      "400 close",
      [],
      { rfc: "9112, 2.2" },
    ],
    ["after a bare CR", post("X-A: 1\rContent-Length: 5", "hello"), "400 close", [], { rfc: "9112, 2.2" }],
    [
      "that is missing, with a body",
      post("X-A: 1", "hello⏎⏎"),
      "200 400? close",
      "POST / length",
      { rfc: "9112, 6.3" },
    ],
    [
      "that is missing, with a request",
      post("X-A: 1", smuggled),
      "200 200 keep",
      ["POST / length", "GET /smuggled"],
      {
        rfc: "9112, 6.3",
      },
    ],
  ],
};

function crlf(text: string): string {
  return text.replaceAll("⏎", "\r\n");
}

/** Codings that are not exactly one `chunked`; each must be refused, with a length beside it or not. */
const badCodings: readonly (readonly [what: string, line: string, status?: string])[] = [
  ["that is empty", "Transfer-Encoding:"],
  ["of a comma", "Transfer-Encoding: ,"],
  ["identity", "Transfer-Encoding: identity"],
  ["gzip only", "Transfer-Encoding: gzip"],
  ["that nobody knows", "Transfer-Encoding: cow"],
  ["gzip before chunked", "Transfer-Encoding: gzip, chunked", "501"],
  ["gzip before chunked on two lines", "Transfer-Encoding: gzip⏎Transfer-Encoding: chunked", "400|501"],
  ["identity before chunked", "Transfer-Encoding: identity, chunked"],
  ["that nobody knows before chunked", "Transfer-Encoding: cow, chunked", "501"],
  ["gzip after chunked", "Transfer-Encoding: chunked, gzip"],
  ["identity after chunked", "Transfer-Encoding: chunked, identity"],
  ["identity after chunked on two lines", "Transfer-Encoding: chunked⏎Transfer-Encoding: identity"],
  ["that nobody knows after chunked on two lines", "Transfer-Encoding: chunked⏎Transfer-Encoding: cow"],
  ["chunked twice", "Transfer-Encoding: chunked, chunked"],
  ["chunked twice on two lines", "Transfer-Encoding: chunked⏎Transfer-Encoding: chunked"],
  ["with an x before it", "Transfer-Encoding: xchunked"],
  ["with an x after it", "Transfer-Encoding: chunkedx"],
  ["with a word after it", "Transfer-Encoding: chunked x"],
  ["with a word before it", "Transfer-Encoding: x chunked"],
  ["chunk", "Transfer-Encoding: chunk"],
  ["with a parameter", "Transfer-Encoding: chunked;q=1"],
  ["with an empty parameter", "Transfer-Encoding: chunked;"],
  ["in quotes", 'Transfer-Encoding: "chunked"'],
  ["in single quotes", "Transfer-Encoding: 'chunked'"],
  ["with a colon", "Transfer-Encoding:: chunked"],
  ["with a dot", "Transfer-Encoding: .chunked"],
  ["with a NUL before it", "Transfer-Encoding: \0chunked", "400"],
  ["with a NUL after it", "Transfer-Encoding: chunked\0", "400"],
  ["with a vertical tab before it", "Transfer-Encoding: \vchunked", "400"],
  ["with a vertical tab after it", "Transfer-Encoding: chunked\v", "400"],
  ["with a form feed before it", "Transfer-Encoding: \fchunked", "400"],
  ["with a form feed after it", "Transfer-Encoding: chunked\f", "400"],
  ["with a DEL after it", "Transfer-Encoding: chunked\x7f", "400"],
  ["with a byte above ASCII", "Transfer-Encoding: \xffchunked"],
  ["with a space that does not break", "Transfer-Encoding: \xa0chunked"],
  ["with a K of another script", "Transfer-Encoding: chun\xe2\x84\xaaed"],
  ["with a bare CR before it", "Transfer-Encoding: \rchunked", "400"],
  ["with a bare CR after it", "Transfer-Encoding: chunked\r", "400"],
  ["with a bare LF before it", "Transfer-Encoding: \nchunked", "400"],
  ["with a space before the colon", "Transfer-Encoding : chunked", "400"],
  ["with a tab before the colon", "Transfer-Encoding\t: chunked", "400"],
  ["with a NUL before the colon", "Transfer-Encoding\0: chunked", "400"],
  ["with a space before the name", " Transfer-Encoding: chunked", "400"],
  ["with a tab before the name", "\tTransfer-Encoding: chunked", "400"],
  ["folded", "Transfer-Encoding:⏎ chunked", "400"],
  ["folded with a tab", "Transfer-Encoding:⏎\tchunked", "400"],
  ["folded after chunked", "Transfer-Encoding: chunked⏎ , identity", "400"],
  ["after a bare LF", "X-A: 1\nTransfer-Encoding: chunked", "400"],
  ["after a bare CR", "X-A: 1\rTransfer-Encoding: chunked", "400"],
];

/** Fields that are no transfer-encoding, however alike. */
const lookAlikes = [
  "Transfer_Encoding",
  "TransferEncoding",
  "Transfer-Encodin",
  "Transfer-Encodings",
  "X-Transfer-Encoding",
  "Content-Transfer-Encoding",
  "Transfer.Encoding",
  "Transfer--Encoding",
];

const codings: RequestGroup = {
  kind: "a transfer-encoding",
  rfc: "9112, 6.1",
  rows: [
    ["chunked", post("Transfer-Encoding: chunked", hello), "200 keep", "POST / chunked hello"],
    ["Chunked", post("Transfer-Encoding: Chunked", hello), "200 keep", "POST / chunked hello", { rfc: "9112, 7" }],
    ["CHUNKED", post("TRANSFER-ENCODING: CHUNKED", hello), "200 keep", "POST / chunked hello", { rfc: "9112, 7" }],
    ["without a space after the colon", post("Transfer-Encoding:chunked", hello), "200 keep", "POST / chunked hello"],
    ["with spaces around it", post("Transfer-Encoding:   chunked  ", hello), "200 keep", "POST / chunked hello"],
    ["with a tab before it", post("Transfer-Encoding: \tchunked", hello), "200 keep", "POST / chunked hello"],
    // Valid; Node's parser refuses it.
    [
      "with a tab after it",
      post("Transfer-Encoding: chunked\t", hello),
      "200|400 keep|close",
      "maybe POST / chunked hello",
    ],
    // Empty elements of a list are to be ignored, in a list that can be trusted.
    [
      "with a comma after it",
      post("Transfer-Encoding: chunked,", hello),
      "200|400|501 keep|close",
      "maybe POST / chunked hello",
    ],
    [
      "with a comma before it",
      post("Transfer-Encoding: , chunked", hello),
      "200|400|501 keep|close",
      "maybe POST / chunked hello",
    ],
    ...badCodings.map(([what, line, status = "400|501"]): RequestRow => [what, post(line, hello), `${status} close`]),
    ...lookAlikes.map(
      (name): RequestRow => [
        `spelled ${name} is none`,
        post(`${name}: chunked⏎Content-Length: 5`, "hello"),
        "200 keep",
        "POST / length hello",
      ],
    ),
    ["of HTTP/1.0", "POST / HTTP/1.0⏎Host: a⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎", "400 close"],
    ["of HTTP/1.0 that keeps the connection", keepAlive10("Transfer-Encoding: chunked", hello), "400 close"],
    ["of HTTP/1.0 with a length", keepAlive10("Transfer-Encoding: chunked⏎Content-Length: 15", hello), "400 close"],
    [
      "nominated by Connection counts all the same",
      post("Transfer-Encoding: chunked⏎Connection: transfer-encoding", hello),
      "200|400 keep|close",
      "maybe POST / chunked hello",
      { rfc: "9110, 7.6.1" },
    ],
  ],
};

function keepAlive10(lines: string, body: string): string {
  return `POST / HTTP/1.0⏎Host: a⏎Connection: keep-alive⏎${lines}⏎⏎${body}`;
}

/** The two together: a proxy may go by the coding, and must not keep the connection; this one refuses. */
const both: RequestGroup = {
  kind: "a length and a coding",
  rfc: "9112, 6.3",
  rows: [
    ["that agree", post("Content-Length: 15⏎Transfer-Encoding: chunked", hello), "400 close"],
    [
      "where the length hides a request",
      post("Content-Length: 40⏎Transfer-Encoding: chunked", endThenSmuggled),
      "400 close",
    ],
    ["where the length is first", post("Content-Length: 5⏎Transfer-Encoding: chunked", "0⏎⏎"), "400 close"],
    ["where the coding is first", post("Transfer-Encoding: chunked⏎Content-Length: 5", "0⏎⏎"), "400 close"],
    ["where the length is 0", post("Content-Length: 0⏎Transfer-Encoding: chunked", endThenSmuggled), "400 close"],
    [
      "where the length ends in the chunk's size",
      post("Content-Length: 4⏎Transfer-Encoding: chunked", `23⏎${smuggled}⏎0⏎⏎`),
      "400 close",
    ],
    ["with other fields between", post("Content-Length: 5⏎X-A: 1⏎Transfer-Encoding: chunked", "0⏎⏎"), "400 close"],
    ["for GET", `GET / HTTP/1.1⏎Host: a⏎Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎`, "400 close"],
    ["in HTTP/1.0", "POST / HTTP/1.0⏎Host: a⏎Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎", "400 close"],
    ["where the length is invalid", post("Content-Length: x⏎Transfer-Encoding: chunked", "0⏎⏎"), "400 close"],
    ["where the length is negative", post("Content-Length: -1⏎Transfer-Encoding: chunked", "0⏎⏎"), "400 close"],
    ["where the length is empty", post("Content-Length:⏎Transfer-Encoding: chunked", "0⏎⏎"), "400 close"],
    [
      "where the length is nominated by Connection",
      post("Connection: content-length⏎Content-Length: 40⏎Transfer-Encoding: chunked", endThenSmuggled),
      "400 close",
    ],
    [
      "where the coding is nominated by Connection",
      post("Connection: transfer-encoding⏎Content-Length: 40⏎Transfer-Encoding: chunked", endThenSmuggled),
      "400 close",
    ],
    ...[
      "identity",
      "xchunked",
      "chunked, identity",
      "identity, chunked",
      "gzip, chunked",
      "\vchunked",
      "chunked\0",
      '"chunked"',
    ].map(
      (coding): RequestRow => [
        `where the coding is ${JSON.stringify(coding)}`,
        post(`Content-Length: 40⏎Transfer-Encoding: ${coding}`, endThenSmuggled),
        "400|501 close",
      ],
    ),
    ...[
      "Transfer-Encoding : chunked",
      " Transfer-Encoding: chunked",
      "X: 1\nTransfer-Encoding: chunked",
      "Transfer-Encoding:⏎ chunked",
      "Transfer-Encoding\t: chunked",
      "X: 1\rTransfer-Encoding: chunked",
    ].map(
      (line): RequestRow => [
        `where the coding is hidden in ${JSON.stringify(line)}`,
        post(`Content-Length: 40⏎${line}`, endThenSmuggled),
        "400 close",
      ],
    ),
  ],
};

export const framing: readonly RequestGroup[] = [lengths, codings, both];
