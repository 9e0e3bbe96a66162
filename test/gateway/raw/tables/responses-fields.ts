/** Field lines of responses: syntax, the connection's own, and how many there may be. */
import type { ResponseGroup, ResponseRow } from "../row.js";

function ok(lines: string): string {
  return `HTTP/1.1 200 OK⏎Content-Length: 5⏎${lines}⏎⏎hello`;
}

function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `x-${i}: 1`).join("⏎");
}

/** Never to be forwarded as they are. */
const badFields: readonly (readonly [what: string, lines: string])[] = [
  ["without a name", ": 1"],
  ["without a colon", "X-A"],
  ["with a space inside its name", "X A: 1"],
  ["with a bracket in its name", "X[A]: 1"],
  ["with a NUL in its name", "X\0A: 1"],
  ["with a byte above ASCII in its name", "X-\xe4: 1"],
  ["with a NUL", "X-A: a\0b"],
  ["with a bare CR", "X-A: a\rb"],
  ["with a bare CR and a field", "X-A: a\rX-B: b"],
  ["with a control character", "X-A: a\x01b"],
  ["with a DEL", "X-A: a\x7fb"],
];

const badTrailers = [
  "Content-Length: 1",
  "Transfer-Encoding: chunked",
  "Set-Cookie: a=b",
  "Connection: close",
  "Host: a",
];

export const responseFields: readonly ResponseGroup[] = [
  {
    kind: "a field of a response",
    rfc: "9110, 5.5",
    rows: [
      ["is passed on", ok("X-A: 1"), "200 hello", { has: ["x-a: 1"] }],
      ["that is empty", ok("X-A:"), "200 hello", { has: ["x-a: "] }],
      ["with spaces around it", ok("X-A: \t 1 \t "), "200 hello", { has: ["x-a: 1"] }],
      ["with bytes above ASCII", ok("X-A: \xe9\xff"), "200 hello", { has: ["x-a: \xe9\xff"] }],
      [
        "that repeats",
        ok("Set-Cookie: a=1⏎Set-Cookie: b=2"),
        "200 hello",
        { has: ["set-cookie: a=1", "set-cookie: b=2"] },
      ],
      ["with an odd name", ok("!#$%&'*+-.^_`|~: 1"), "200 hello", { has: ["!#$%&'*+-.^_`|~: 1"] }],
      // To be refused, or not to be passed on as it is; this gateway refuses.
      ...badFields.map(([what, lines]): ResponseRow => [what, ok(lines), "502"]),
      ["with a space before the colon", ok("X-A : 1"), "502 or 200 hello", { rfc: "9112, 5.1" }],
      ["that is folded", ok("X-A: 1⏎ 2"), "502 or 200 hello", { rfc: "9112, 5.2" }],
      ["that is folded with a tab", ok("X-A: 1⏎\t2"), "502 or 200 hello", { rfc: "9112, 5.2" }],
      ["after a space", "HTTP/1.1 200 OK⏎ X-A: 1⏎Content-Length: 5⏎⏎hello", "502 or 200 hello", { rfc: "9112, 2.2" }],
      ["that ends with LF only", ok("X-A: 1\nX-B: 2"), "502 or 200 hello", { rfc: "9112, 2.2" }],
      [
        "at the end of a head of LFs only",
        "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
        "502 or 200 hello",
        { rfc: "9112, 2.2" },
      ],
      ["that never ends", "HTTP/1.1 200 OK⏎X-A: 1", "502", { then: "end" }],
      ["after which the head never ends", "HTTP/1.1 200 OK⏎X-A: 1⏎", "502", { then: "end" }],
      ["after which a reset comes", "HTTP/1.1 200 OK⏎X-A: 1⏎", "502", { then: "reset" }],
    ],
  },
  {
    kind: "a field of the upstream's connection",
    rfc: "9110, 7.6.1",
    rows: [
      ["Keep-Alive ends here", ok("Keep-Alive: timeout=77"), "200 hello"],
      ["Proxy-Connection ends here", ok("Proxy-Connection: keep-alive"), "200 hello", { lacks: ["proxy-connection"] }],
      ["Connection: close closes the upstream's only", ok("Connection: close"), "200 hello", { then: "end" }],
      [
        "that is nominated ends here",
        ok("Connection: x-a⏎X-A: 1⏎X-B: 2"),
        "200 hello",
        { has: ["x-b: 2"], lacks: ["x-a"] },
      ],
      ["Content-Length that is nominated frames", ok("Connection: content-length"), "200 hello"],
      ["Upgrade ends here", ok("Upgrade: h2c"), "200 hello", { lacks: ["upgrade"] }],
      [
        "Upgrade with Connection ends here",
        ok("Connection: upgrade⏎Upgrade: h2, h2c"),
        "200 hello",
        { lacks: ["upgrade"] },
      ],
      ["TE ends here", ok("TE: gzip"), "200 hello", { lacks: ["te"] }],
      ["Trailer without chunks ends here", ok("Trailer: X-T"), "200 hello", { lacks: ["trailer"], rfc: "9110, 6.6.2" }],
      [
        "Trailer of 204 ends here",
        "HTTP/1.1 204 None⏎Trailer: X-T⏎⏎",
        "204",
        { lacks: ["trailer"], rfc: "9110, 6.6.2" },
      ],
      [
        "Trailer of 304 ends here",
        "HTTP/1.1 304 Same⏎Trailer: X-T⏎⏎",
        "304",
        { lacks: ["trailer"], rfc: "9110, 6.6.2" },
      ],
      [
        "Trailer of a length of 0 ends here",
        "HTTP/1.1 200 OK⏎Content-Length: 0⏎Trailer: X-T⏎⏎",
        "200",
        { lacks: ["trailer"] },
      ],
      [
        "Trailer to HEAD ends here",
        "HTTP/1.1 200 OK⏎Content-Length: 5⏎Trailer: X-T⏎⏎",
        "200",
        { to: ["HEAD"], lacks: ["trailer"] },
      ],
      [
        "Trailer for HTTP/1.0 ends here",
        "HTTP/1.1 200 OK⏎Trailer: X-T⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎X-T: 1⏎⏎",
        "200 hello",
        {
          to: ["GET HTTP/1.0"],
          lacks: ["trailer", "x-t"],
        },
      ],
    ],
  },
  {
    kind: "a trailer of a response",
    rfc: "9110, 6.5",
    rows: [
      ["is passed on or dropped", chunks("X-T: 1"), "200 hello"],
      [
        "that was announced",
        `HTTP/1.1 200 OK⏎Trailer: X-T⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎X-T: 1⏎⏎`,
        "200 hello",
      ],
      ...badTrailers.map(
        (line): ResponseRow => [
          `that says ${line} is dropped`,
          chunks(line),
          "200 hello or 200 cut or 502",
          {
            lacks: [line.split(":")[0]!.toLowerCase()].filter(
              (name) => !["connection", "transfer-encoding"].includes(name),
            ),
          },
        ],
      ),
      ["without a colon", chunks("X-T"), "200 cut or 502"],
      ["with a space before the colon", chunks("X-T : 1"), "200 cut or 502 or 200 hello"],
      ["that is folded", chunks("X-T: 1⏎ 2"), "200 cut or 502 or 200 hello"],
      ["with a NUL", chunks("X-T: a\0b"), "200 cut or 502"],
      ["with a bare CR", chunks("X-T: a\rb"), "200 cut or 502"],
      [
        "that never ends",
        "HTTP/1.1 200 OK⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎X-T: 1",
        "200 cut or 502",
        { then: "end" },
      ],
    ],
  },
  {
    kind: "the head of a response",
    rfc: "9110, 15.6.3",
    rows: [
      ["of 900 fields", ok(many(900)), "200 hello", { has: ["x-0: 1", "x-899: 1"] }],
      ["of 1,001 fields", ok(many(1_000)), "502"],
      ["of 1,500 fields", ok(many(1_500)), "502"],
      ["of 5,000 fields", ok(many(5_000)), "502"],
      ["of 55,000 bytes", ok(`X-A: ${"a".repeat(27_000)}⏎X-B: ${"b".repeat(27_000)}`), "200 hello"],
      ["of 66,000 bytes", ok(`X-A: ${"a".repeat(33_000)}⏎X-B: ${"b".repeat(33_000)}`), "502"],
      ["of 500,000 bytes", ok(many(40_000)), "502"],
      ["with a reason of 70,000 bytes", `HTTP/1.1 200 ${"a".repeat(70_000)}⏎Content-Length: 5⏎⏎hello`, "502"],
      ["with a name of 70,000 bytes", ok(`${"a".repeat(70_000)}: 1`), "502"],
      [
        "of 200 cookies",
        ok(Array.from({ length: 200 }, (_, i) => `Set-Cookie: c${i}=1`).join("⏎")),
        "200 hello",
        {
          has: ["set-cookie: c0=1", "set-cookie: c199=1"],
        },
      ],
    ],
  },
];

function chunks(trailers: string): string {
  return `HTTP/1.1 200 OK⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎${trailers}⏎⏎`;
}
