/** Upgrades and tunnels: none is made here, and what follows in the same packet is neither lost nor served twice. */
import type { RequestGroup, RequestRow } from "../row.js";

const next = "GET /next HTTP/1.1⏎Host: a⏎⏎";
const h2c = "Connection: Upgrade, HTTP2-Settings⏎Upgrade: h2c⏎HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA";
const preface = "PRI * HTTP/2.0⏎⏎SM⏎⏎\0\0\0\x04\0\0\0\0\0";

function get(lines: string): string {
  return `GET / HTTP/1.1⏎Host: a⏎${lines}⏎⏎`;
}

function post(lines: string, body = "hello"): string {
  return `POST / HTTP/1.1⏎Host: a⏎${lines}⏎Content-Length: ${body.length}⏎⏎${body}`;
}

function connect(target: string, lines = `Host: ${target}`): string {
  return `CONNECT ${target} HTTP/1.1⏎${lines}⏎⏎`;
}

const refusedProtocols = [
  "websocket",
  "WebSocket",
  "HTTP/2.0",
  "TLS/1.0",
  "foo",
  "h2",
  "h2c, websocket",
  "websocket, h2c",
  "IRC/6.9, RTA/x11",
];

const upgrades: RequestGroup = {
  kind: "Upgrade",
  rfc: "9110, 7.8",
  rows: [
    // h2c is ignored: going on as usual, or closing after the first answer, are both right.
    ["to h2c is ignored", get(h2c), "200 keep|close", "GET /", { lacks: ["upgrade", "http2-settings"] }],
    ["to h2c before another request", get(h2c) + next, "200 200? keep|close", ["GET /", "maybe GET /next"]],
    [
      "to h2c before two more",
      get(h2c) + next + next,
      "200 200? 200? keep|close",
      ["GET /", "maybe GET /next", "maybe GET /next"],
    ],
    [
      "to h2c with a body",
      post(h2c),
      "200 keep|close",
      "POST / length hello",
      { lacks: ["upgrade", "http2-settings"] },
    ],
    [
      "to h2c with a body, before another request",
      post(h2c) + next,
      "200 200? keep|close",
      ["POST / length hello", "maybe GET /next"],
    ],
    [
      "to h2c with chunks, before another request",
      `POST / HTTP/1.1⏎Host: a⏎${h2c}⏎Transfer-Encoding: chunked⏎⏎5⏎hello⏎0⏎⏎${next}`,
      "200 200? keep|close",
      ["POST / chunked hello", "maybe GET /next"],
    ],
    ["to h2c twice", get(h2c) + get(h2c), "200 200? keep|close", ["GET /", "maybe GET /"]],
    ["to h2c after another request", next + get(h2c), "200 200 keep|close", ["GET /next", "GET /"]],
    ["to H2C", get("Connection: upgrade⏎Upgrade: H2C"), "200 keep|close", "GET /", { lacks: ["upgrade"] }],
    ["to h2c before HTTP/2's preface", get(h2c) + preface, "200 400|505? close", "GET /"],
    [
      "to h2c without settings",
      get("Connection: upgrade⏎Upgrade: h2c"),
      "200 keep|close",
      "GET /",
      { lacks: ["upgrade"] },
    ],
    ["to h2c with close", get("Connection: upgrade, close⏎Upgrade: h2c"), "200 close", "GET /", { lacks: ["upgrade"] }],
    [
      "to h2c of HTTP/1.0",
      "GET / HTTP/1.0⏎Host: a⏎Connection: upgrade⏎Upgrade: h2c⏎⏎",
      "200 close",
      "GET /",
      { lacks: ["upgrade"] },
    ],
    ["to h2c for HEAD", `HEAD / HTTP/1.1⏎Host: a⏎${h2c}⏎⏎`, "200 keep|close", "HEAD /", { lacks: ["upgrade"] }],
    [
      "to h2c with broken framing",
      `POST / HTTP/1.1⏎Host: a⏎${h2c}⏎Content-Length: 5⏎Transfer-Encoding: chunked⏎⏎0⏎⏎`,
      "400 close",
    ],
    ...refusedProtocols.map(
      (protocol): RequestRow => [
        `to ${protocol} is refused`,
        get(`Connection: Upgrade⏎Upgrade: ${protocol}`),
        "501 close",
      ],
    ),
    ["to websocket before another request", get("Connection: Upgrade⏎Upgrade: websocket") + next, "501 close"],
    ["to websocket before a frame", `${get("Connection: Upgrade⏎Upgrade: websocket")}\x81\x05hello`, "501 close"],
    ["to websocket with a body", post("Connection: Upgrade⏎Upgrade: websocket"), "501 close"],
    ["to websocket with a body and a request", post("Connection: Upgrade⏎Upgrade: websocket") + next, "501 close"],
    [
      "to websocket as browsers ask",
      get(
        "Connection: keep-alive, Upgrade⏎Upgrade: websocket⏎Sec-WebSocket-Version: 13⏎" +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ),
      "501 close",
    ],
    [
      "to websocket, and then the client is gone",
      get("Connection: Upgrade⏎Upgrade: websocket"),
      "501 close",
      [],
      { open: true },
    ],
    ["that is not in Connection is ignored", get("Upgrade: websocket"), "200 keep", "GET /", { lacks: ["upgrade"] }],
    [
      "that is not in Connection, with a body",
      post("Upgrade: websocket"),
      "200 keep",
      "POST / length hello",
      { lacks: ["upgrade"] },
    ],
    ["that is not there, though in Connection", get("Connection: Upgrade"), "200 keep", "GET /"],
    ["of nothing", get("Connection: Upgrade⏎Upgrade:"), "200|501 keep|close", "maybe GET /"],
    [
      "of HTTP/1.0 is ignored",
      "GET / HTTP/1.0⏎Host: a⏎Connection: upgrade⏎Upgrade: websocket⏎⏎",
      "200|501 close",
      "maybe GET /",
    ],
    ["twice", get("Connection: Upgrade⏎Upgrade: h2c⏎Upgrade: websocket"), "501 close"],
    ["twice, the other way round", get("Connection: Upgrade⏎Upgrade: websocket⏎Upgrade: h2c"), "501 close"],
  ],
};

const tunnels: RequestGroup = {
  kind: "CONNECT",
  rfc: "9110, 9.3.6",
  rows: [
    ["is refused", connect("a:80"), "501 close"],
    ["before another request", connect("a:80") + next, "501 close"],
    ["before a TLS hello", `${connect("a:443")}\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03`, "501 close"],
    ["after another request", next + connect("a:80") + next, "200 501? close", "GET /next"],
    ["and then the client is gone", connect("a:80"), "501 close", [], { open: true }],
    ["with a length", connect("a:80", "Host: a:80⏎Content-Length: 5") + "hello", "400|501 close"],
    ["with chunks", connect("a:80", "Host: a:80⏎Transfer-Encoding: chunked") + "5⏎hello⏎0⏎⏎", "400|501 close"],
    ["with a length that hides a request", connect("a:80", "Host: a:80⏎Content-Length: 36") + next, "400|501 close"],
    ["without Host", "CONNECT a:80 HTTP/1.1⏎⏎", "400|501 close"],
    ["of HTTP/1.0", "CONNECT a:80 HTTP/1.0⏎⏎", "400|501 close"],
    ["to a path", connect("/"), "400|501 close"],
    ["to an absolute target", connect("http://a/", "Host: a"), "400|501 close"],
    ["to *", connect("*", "Host: a"), "400|501 close"],
    ["to an IPv6 address", connect("[::1]:80"), "501 close"],
    ["to a host without a port", connect("a", "Host: a"), "400|501 close"],
    ["to itself", connect("127.0.0.1:1"), "501 close"],
    ["with close", connect("a:80", "Host: a:80⏎Connection: close"), "501 close"],
    ["with an upgrade", connect("a:80", "Host: a:80⏎Connection: upgrade⏎Upgrade: websocket"), "501 close"],
    ["with an upgrade to h2c", connect("a:80", `Host: a:80⏎${h2c}`) + next, "501 close"],
    ["in lower case is another method", "connect a:80 HTTP/1.1⏎Host: a:80⏎⏎", "400|501 close"],
    ["with 100-continue", connect("a:80", "Host: a:80⏎Expect: 100-continue"), "417|501 close"],
    ["with a broken field", connect("a:80", "Host: a:80⏎X-A : 1"), "400 close"],
  ],
};

const preludes: RequestGroup = {
  kind: "another protocol",
  rfc: "9112, 2.2",
  rows: [
    ["HTTP/2 without asking", preface, "400|505 close"],
    ["HTTP/2 without asking, cut short", "PRI * HTTP/2.0⏎⏎", "400|505 close"],
    ["PROXY of HAProxy", `PROXY TCP4 1.2.3.4 5.6.7.8 1 2⏎${next}`, "400|501 close"],
    [
      "PROXY of HAProxy, version 2",
      `⏎⏎\0⏎QUIT\n\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\0\x01\0\x02${next}`,
      "400 close",
    ],
    ["SMTP", "EHLO a⏎", "400|501 close"],
    ["SSH", "SSH-2.0-OpenSSH_9.2⏎", "400|501 close"],
    ["Redis", "*1⏎$4⏎PING⏎", "400 close"],
    ["memcached", "get a⏎", "400|501 close"],
    ["FastCGI", "\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0", "400 close"],
    ["nothing but NULs", "\0\0\0\0\0\0\0\0", "400 close"],
    ["nothing but spaces", "        ", "400 close"],
  ],
};

export const upgradeTables: readonly RequestGroup[] = [upgrades, tunnels, preludes];
