/** Bodies of every method, and of none. */
import type { Extra, RequestGroup, RequestRow } from "../row.js";

const hello = "5⏎hello⏎0⏎⏎";
/** A request inside a body. */
const inner = "GET /inner HTTP/1.1⏎Host: a⏎⏎";

function post(lines: string, body = ""): string {
  return `POST / HTTP/1.1⏎Host: a⏎${lines}⏎⏎${body}`;
}

function keepAlive10(lines: string, body: string): string {
  return `POST / HTTP/1.0⏎Host: a⏎Connection: keep-alive⏎${lines}⏎⏎${body}`;
}

const noBody: Extra = { rfc: "9112, 6.3" };

/** Methods do not decide about framing. */
export const content: RequestGroup = {
  kind: "content",
  rfc: "9110, 9.3",
  rows: [
    ...["GET", "DELETE", "OPTIONS", "PUT", "PATCH", "PROPFIND", "SEARCH"].flatMap((method): RequestRow[] => [
      [
        `of ${method} with a length`,
        `${method} / HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello`,
        "200 keep",
        `${method} / length hello`,
      ],
      [
        `of ${method} in chunks`,
        `${method} / HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎${hello}`,
        "200 keep",
        `${method} / chunked hello`,
      ],
    ]),
    ["of HEAD with a length", "HEAD / HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello", "200 keep", "HEAD / length hello"],
    [
      "of HEAD in chunks",
      `HEAD / HTTP/1.1⏎Host: a⏎Transfer-Encoding: chunked⏎⏎${hello}`,
      "200 keep",
      "HEAD / chunked hello",
    ],
    [
      "of TRACE, which has none",
      "TRACE / HTTP/1.1⏎Host: a⏎Content-Length: 5⏎⏎hello",
      "200|400 keep|close",
      "maybe TRACE / length hello",
      { rfc: "9110, 9.3.8" },
    ],
    [
      "of GET that is a request",
      `GET / HTTP/1.1⏎Host: a⏎Content-Length: ${inner.length + 3}⏎⏎${inner}`,
      "200 keep",
      `GET / length ${inner.replaceAll("⏎", "\r\n")}`,
    ],
    ["of GET of length 0", "GET / HTTP/1.1⏎Host: a⏎Content-Length: 0⏎⏎", "200 keep", "GET /", noBody],
    [
      "of HTTP/1.0 with a length",
      "POST / HTTP/1.0⏎Host: a⏎Content-Length: 5⏎⏎hello",
      "200 close",
      "POST / length hello",
    ],
    ["of HTTP/1.0 with a length, kept", keepAlive10("Content-Length: 5", "hello"), "200 keep", "POST / length hello"],
    ["of HTTP/1.0 without a length", "POST / HTTP/1.0⏎Host: a⏎⏎hello", "200 close", "POST / length", noBody],
    [
      "of bytes that are no text",
      post("Content-Length: 6", "\0\xff\r\n\r\n"),
      "200 keep",
      "POST / length \0\xff\r\n\r\n",
    ],
    [
      "of 100,000 bytes",
      post("Content-Length: 100000", "x".repeat(100_000)),
      "200 keep",
      `POST / length ${"x".repeat(100_000)}`,
    ],
    [
      "of 100,000 bytes in a chunk",
      post("Transfer-Encoding: chunked", `186a0⏎${"x".repeat(100_000)}⏎0⏎⏎`),
      "200 keep",
      `POST / chunked ${"x".repeat(100_000)}`,
    ],
  ],
};
