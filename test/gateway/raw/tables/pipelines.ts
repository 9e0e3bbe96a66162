/** Several requests at once on one connection: each gets its answer, in order, up to the first that is broken. */
import type { RequestGroup, RequestRow } from "../row.js";

const a = "GET /a HTTP/1.1⏎Host: a⏎⏎";
const b = "GET /b HTTP/1.1⏎Host: a⏎⏎";
const c = "GET /c HTTP/1.1⏎Host: a⏎⏎";
const head = "HEAD /h HTTP/1.1⏎Host: a⏎⏎";
const length = "POST /l HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello";
const chunked = "POST /k HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎";
const seenLength = "POST /l length hello";
const seenChunked = "POST /k chunked hello";

const gone = { open: true, rfc: "9112, 9.6" } as const;

/** Each in the middle: what comes before it is answered, what comes after it is not served. */
const breakers: readonly (readonly [what: string, send: string, status: string])[] = [
  ["garbage", "garbage⏎⏎", "400"],
  ["a request without Host", "GET /x HTTP/1.1⏎⏎", "400"],
  ["a request with two Hosts", "GET /x HTTP/1.1⏎Host: a⏎Host: a⏎⏎", "400"],
  ["a method that nobody knows", "FROB /x HTTP/1.1⏎Host: a⏎⏎", "400|501"],
  ["HTTP/2.0", "GET /x HTTP/2.0⏎Host: a⏎⏎", "505"],
  ["HTTP/0.9", "GET /x⏎", "400"],
  ["a space before a colon", "GET /x HTTP/1.1⏎Host: a⏎X-A : 1⏎⏎", "400"],
  ["a fold", "GET /x HTTP/1.1⏎Host: a⏎X-A: 1⏎ 2⏎⏎", "400"],
  ["LF only", "GET /x HTTP/1.1\nHost: a\n\n", "400"],
  ["two lengths", "POST /x HTTP/1.1⏎Host: a⏎Content-Length: 5⏎Content-Length: 6⏎⏎hello", "400"],
  ["a length and a coding", "POST /x HTTP/1.1⏎Host: a⏎Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎", "400"],
  ["a length that is none", "POST /x HTTP/1.1⏎Host: a⏎Content-Length: x⏎⏎hello", "400"],
  ["a coding that is not known", "POST /x HTTP/1.1⏎Host: a⏎Transfer-Encoding: gzip, chunked⏎⏎5⏎hello⏎0⏎⏎", "501"],
  ["a target with a fragment", "GET /x#y HTTP/1.1⏎Host: a⏎⏎", "400"],
  ["a head that is too large", `GET /x HTTP/1.1⏎Host: a⏎X-A: ${"a".repeat(70_000)}⏎⏎`, "431"],
  ["an upgrade to something else", "GET /x HTTP/1.1⏎Host: a⏎Connection: upgrade⏎Upgrade: websocket⏎⏎", "501"],
  ["CONNECT", "CONNECT a:80 HTTP/1.1⏎Host: a:80⏎⏎", "501"],
  ["an expectation of miracles", "POST /x HTTP/1.1⏎Host: a⏎Expect: miracles⏎Content-Length: 5⏎⏎hello", "417"],
];

const brokenChunk = "POST /x HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎x⏎hello⏎0⏎⏎";

export const pipelines: readonly RequestGroup[] = [
  {
    kind: "a pipeline",
    rfc: "9112, 9.3.2",
    rows: [
      ["of two", a + b, "200 200 keep", ["GET /a", "GET /b"]],
      ["of three", a + b + c, "200 200 200 keep", ["GET /a", "GET /b", "GET /c"]],
      ["of two with a length", length + length, "200 200 keep", [seenLength, seenLength]],
      ["of two in chunks", chunked + chunked, "200 200 keep", [seenChunked, seenChunked]],
      ["of a length and GET", length + a, "200 200 keep", [seenLength, "GET /a"]],
      ["of chunks and GET", chunked + a, "200 200 keep", [seenChunked, "GET /a"]],
      ["of GET and a length", a + length, "200 200 keep", ["GET /a", seenLength]],
      ["of GET and chunks", a + chunked, "200 200 keep", ["GET /a", seenChunked]],
      ["of a length and chunks", length + chunked, "200 200 keep", [seenLength, seenChunked]],
      ["of HEAD and GET", head + a, "200 200 keep", ["HEAD /h", "GET /a"]],
      ["of GET and HEAD", a + head, "200 200 keep", ["GET /a", "HEAD /h"]],
      ["of GET, HEAD and GET", a + head + b, "200 200 200 keep", ["GET /a", "HEAD /h", "GET /b"]],
      ["with an empty line between", `${a}⏎${b}`, "200 200 keep", ["GET /a", "GET /b"], { rfc: "9112, 2.2" }],
      [
        "with an empty line after a length",
        `${length}⏎${b}`,
        "200 200 keep",
        [seenLength, "GET /b"],
        { rfc: "9112, 2.2" },
      ],
      ["of ten", a.repeat(10), `${"200 ".repeat(10)}keep`, Array<string>(10).fill("GET /a")],
      ["of fifty", a.repeat(50), `${"200 ".repeat(50)}keep`, Array<string>(50).fill("GET /a")],
      [
        "of twenty with bodies",
        (length + chunked).repeat(10),
        `${"200 ".repeat(20)}keep`,
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? seenLength : seenChunked)),
      ],
      [
        "that closes after the first",
        `GET /a HTTP/1.1⏎Host: a⏎Connection: close⏎⏎${b}`,
        "200 close",
        "GET /a",
        { rfc: "9112, 9.6" },
      ],
      [
        "that closes after the second",
        `${a}GET /b HTTP/1.1⏎Host: a⏎Connection: close⏎⏎${c}`,
        "200 200 close",
        ["GET /a", "GET /b"],
        {
          rfc: "9112, 9.6",
        },
      ],
      [
        "that closes after a body",
        `POST /a HTTP/1.1⏎Host: a⏎Connection: close⏎Content-Length: 5⏎⏎hello${b}`,
        "200 close",
        "POST /a length hello",
        { rfc: "9112, 9.6" },
      ],
      ["of HTTP/1.0 and more", `GET /a HTTP/1.0⏎Host: a⏎⏎${b}`, "200 close", "GET /a", { rfc: "9112, 9.3" }],
      [
        "of HTTP/1.0 with keep-alive and more",
        `GET /a HTTP/1.0⏎Host: a⏎Connection: keep-alive⏎⏎${b}`,
        "200 200 keep",
        ["GET /a", "GET /b"],
      ],
      ["of HTTP/1.1 and HTTP/1.0", `${a}GET /b HTTP/1.0⏎Host: a⏎⏎${c}`, "200 200 close", ["GET /a", "GET /b"]],
      [
        "with 100-continue in the middle",
        `${a}POST /l HTTP/1.1⏎Host: a⏎Expect: 100-continue⏎Content-Length: 5⏎⏎hello${b}`,
        "200 100? 200 200 keep",
        ["GET /a", seenLength, "GET /b"],
        { rfc: "9110, 10.1.1" },
      ],
      // A client that closes its side may be taken for gone.
      ["that ends in a head", `${a}GET /b HTTP/1.1⏎Host`, "200? 400? close", "maybe GET /a", gone],
      [
        "that ends in a body",
        `${a}${length.slice(0, -3)}`,
        "200? 400? close",
        "maybe GET /a",
        { ...gone, partial: "POST /l" },
      ],
      ["that ends after the second", a + b, "200? 200? close", ["maybe GET /a", "maybe GET /b"], gone],
      ["that ends after a body", a + length, "200? 200? close", ["maybe GET /a", `maybe ${seenLength}`], gone],
    ],
  },
  {
    kind: "a broken request in a pipeline",
    rfc: "9112, 9.3.2",
    rows: [
      ...breakers.flatMap(([what, send, status]): RequestRow[] => [
        [`of ${what}, after GET`, a + send + b, `200 ${status}? close`, "GET /a"],
        [`of ${what}, after a length`, length + send + b, `200 ${status}? close`, seenLength],
      ]),
      ["of a broken chunk, after GET", a + brokenChunk + b, "200 400? close", "GET /a", { partial: "POST /x" }],
      [
        "of a broken chunk, after chunks",
        chunked + brokenChunk + b,
        "200 400? close",
        seenChunked,
        { partial: "POST /x" },
      ],
      ["of garbage, after chunks", `${chunked}garbage⏎⏎${b}`, "200 400? close", seenChunked],
      ["of garbage, after two", `${a}${b}garbage⏎⏎${c}`, "200 200 400? close", ["GET /a", "GET /b"]],
      ["of garbage, at once", `garbage⏎⏎${b}`, "400 close"],
    ],
  },
];
