/** What belongs to one connection only, how long it lasts, and what the client expects of it. */
import type { RequestGroup, RequestRow } from "../row.js";

function get(lines: string, version = "1.1"): string {
  return `GET / HTTP/${version}⏎Host: a⏎${lines}⏎⏎`;
}

function post(lines: string, body = "hello"): string {
  return `POST / HTTP/1.1⏎Host: a⏎${lines}⏎⏎${body}`;
}

const persistence: RequestGroup = {
  kind: "the connection",
  rfc: "9112, 9.3",
  rows: [
    ["stays", get("X-A: 1"), "200 keep", "GET /"],
    ["stays for keep-alive", get("Connection: keep-alive"), "200 keep", "GET /"],
    ["closes for close", get("Connection: close"), "200 close", "GET /", { rfc: "9112, 9.6" }],
    ["closes for Close", get("Connection: Close"), "200 close", "GET /", { rfc: "9112, 9.6" }],
    ["closes for CLOSE", get("CONNECTION: CLOSE"), "200 close", "GET /", { rfc: "9112, 9.6" }],
    ["closes for close in a list", get("Connection: x-a, close"), "200 close", "GET /", { rfc: "9112, 9.6" }],
    [
      "closes for close at the head of a list",
      get("Connection: close, x-a"),
      "200 close",
      "GET /",
      { rfc: "9112, 9.6" },
    ],
    ["closes for close between commas", get("Connection: , close ,"), "200 close", "GET /", { rfc: "9112, 9.6" }],
    [
      "closes for close in a second field",
      get("Connection: x-a⏎Connection: close"),
      "200 close",
      "GET /",
      { rfc: "9112, 9.6" },
    ],
    [
      "closes for close beside keep-alive",
      get("Connection: keep-alive, close"),
      "200 close",
      "GET /",
      { rfc: "9112, 9.6" },
    ],
    ["closes for close after a body", post("Connection: close⏎Content-Length: 5"), "200 close", "POST / length hello"],
    [
      "closes for close after chunks",
      post("Connection: close⏎Transfer-Encoding: chunked", "5⏎hello⏎0⏎⏎"),
      "200 close",
      "POST / chunked hello",
    ],
    ["stays for a word that has close in it", get("Connection: closed"), "200 keep", "GET /"],
    ["stays for a field that is called close", get("Close: 1"), "200 keep", "GET /"],
    ["stays where Connection is empty", get("Connection:"), "200 keep", "GET /"],
    ["closes for HTTP/1.0", get("X-A: 1", "1.0"), "200 close", "GET /"],
    ["closes for HTTP/1.0 with close", get("Connection: close", "1.0"), "200 close", "GET /"],
    ["stays for HTTP/1.0 with keep-alive", get("Connection: keep-alive", "1.0"), "200 keep", "GET /"],
    ["stays for HTTP/1.0 with Keep-Alive", get("Connection: Keep-Alive", "1.0"), "200 keep", "GET /"],
    ["closes for HTTP/1.0 with both", get("Connection: keep-alive, close", "1.0"), "200 close", "GET /"],
    ["closes for HTTP/1.0 with Keep-Alive alone", get("Keep-Alive: timeout=5", "1.0"), "200 close", "GET /"],
    [
      "may stay for HTTP/1.0 with Proxy-Connection alone",
      get("Proxy-Connection: keep-alive", "1.0"),
      "200 keep|close",
      "GET /",
    ],
    [
      "closes though Proxy-Connection would keep it",
      get("Connection: close⏎Proxy-Connection: keep-alive"),
      "200 close",
      "GET /",
    ],
    [
      "may close for Proxy-Connection",
      get("Proxy-Connection: close"),
      "200 keep|close",
      "GET /",
      { rfc: "9112, C.2.2" },
    ],
  ],
};

const hopByHop: RequestGroup = {
  kind: "a field of the connection",
  rfc: "9110, 7.6.1",
  rows: [
    [
      "Keep-Alive ends here",
      get("Connection: keep-alive⏎Keep-Alive: timeout=5"),
      "200 keep",
      "GET /",
      { lacks: ["keep-alive"] },
    ],
    [
      "Keep-Alive without Connection ends here",
      get("Keep-Alive: timeout=5"),
      "200 keep",
      "GET /",
      { lacks: ["keep-alive"] },
    ],
    [
      "Proxy-Connection ends here",
      get("Proxy-Connection: keep-alive"),
      "200 keep",
      "GET /",
      { lacks: ["proxy-connection"] },
    ],
    ["TE: trailers may go on", get("Connection: TE⏎TE: trailers"), "200 keep", "GET /"],
    ["TE: gzip ends here", get("Connection: TE⏎TE: gzip"), "200 keep", "GET /", { lacks: ["te"], rfc: "9110, 10.1.4" }],
    ["TE without Connection, of gzip, ends here", get("TE: gzip;q=0.5"), "200 keep", "GET /", { lacks: ["te"] }],
    ["TE of nothing ends here", get("TE:"), "200 keep", "GET /", { lacks: ["te"] }],
    ["TE: chunked ends here", get("TE: chunked"), "200 keep", "GET /", { lacks: ["te"] }],
    [
      "that is nominated ends here",
      get("Connection: X-A⏎X-A: 1⏎X-B: 2"),
      "200 keep",
      "GET /",
      { has: ["x-b: 2"], lacks: ["x-a"] },
    ],
    [
      "that is nominated before it comes ends here",
      get("X-A: 1⏎Connection: x-a"),
      "200 keep",
      "GET /",
      { lacks: ["x-a"] },
    ],
    [
      "that is nominated in a list ends here",
      get("Connection: close , X-A⏎X-A: 1"),
      "200 close",
      "GET /",
      { lacks: ["x-a"] },
    ],
    [
      "that is nominated in a second field ends here",
      get("Connection: x-b⏎Connection: x-a⏎X-A: 1"),
      "200 keep",
      "GET /",
      {
        lacks: ["x-a"],
      },
    ],
    [
      "that is nominated between tabs ends here",
      get("Connection:\tx-b\t,\tx-a\t⏎X-A: 1"),
      "200 keep",
      "GET /",
      { lacks: ["x-a"] },
    ],
    [
      "that repeats ends here every time",
      get("X-A: 1⏎Connection: x-a⏎X-A: 2"),
      "200 keep",
      "GET /",
      { lacks: ["x-a"] },
    ],
    ["nominated with text in quotes goes on", get('Connection: "x-a"⏎X-A: 1'), "200|400 keep|close", "maybe GET /"],
    ["Host cannot be nominated", get("Connection: host"), "200|400 keep|close", "maybe GET /", { has: [] }],
    [
      "Content-Length cannot be nominated",
      post("Connection: content-length⏎Content-Length: 5"),
      "200|400 keep|close",
      "maybe POST / length hello",
    ],
    [
      "Content-Length cannot be nominated for GET",
      get("Connection: content-length⏎Content-Length: 0"),
      "200|400 keep|close",
      "maybe GET /",
    ],
    [
      "X-Forwarded-For of the gateway cannot be nominated",
      get("Connection: x-forwarded-for"),
      "200 keep",
      "GET /",
      {
        has: ["x-forwarded-for: 127.0.0.1"],
      },
    ],
    [
      "X-Forwarded-Proto of the gateway cannot be nominated",
      get("Connection: x-forwarded-proto"),
      "200 keep",
      "GET /",
      {
        has: ["x-forwarded-proto: http"],
      },
    ],
    [
      "Authorization can be nominated",
      get("Connection: authorization⏎Authorization: x"),
      "200 keep",
      "GET /",
      {
        lacks: ["authorization"],
      },
    ],
    ["Cookie can be nominated", get("Connection: cookie⏎Cookie: a=b"), "200 keep", "GET /", { lacks: ["cookie"] }],
    [
      "Cache-Control can be nominated",
      get("Connection: cache-control⏎Cache-Control: no-cache"),
      "200 keep",
      "GET /",
      {
        lacks: ["cache-control"],
      },
    ],
    ["Connection may nominate itself", get("Connection: connection"), "200 keep", "GET /"],
    [
      "Connection may name 500 fields",
      get(`Connection: ${Array.from({ length: 500 }, (_, i) => `x-${i}`).join(", ")}⏎X-7: 1`),
      "200 keep",
      "GET /",
      { lacks: ["x-7"] },
    ],
    ["Trailer without chunks does no harm", get("Trailer: X-T"), "200 keep", "GET /", { rfc: "9110, 6.6.2" }],
    [
      "Trailer with a length does no harm",
      post("Trailer: X-T⏎Content-Length: 5"),
      "200 keep",
      "POST / length hello",
      {
        lacks: ["trailer"],
        rfc: "9110, 6.6.2",
      },
    ],
    [
      "Trailer with a length of 0 does no harm",
      post("Trailer: X-T⏎Content-Length: 0", ""),
      "200 keep",
      "POST / length",
      {
        lacks: ["trailer"],
        rfc: "9110, 6.6.2",
      },
    ],
    [
      "Trailer without a body does no harm",
      post("Trailer: X-T", ""),
      "200 keep",
      "POST / length",
      {
        lacks: ["trailer"],
        rfc: "9110, 6.6.2",
      },
    ],
    [
      "Trailer of HEAD does no harm",
      "HEAD / HTTP/1.1⏎Host: a⏎Trailer: X-T⏎⏎",
      "200 keep",
      "HEAD /",
      {
        rfc: "9110, 6.6.2",
      },
    ],
    [
      "Trailer that names a length does no harm",
      post("Trailer: Content-Length⏎Transfer-Encoding: chunked", "5⏎hello⏎0⏎⏎"),
      "200 keep",
      "POST / chunked hello",
      { rfc: "9110, 6.6.2" },
    ],
    ["Via goes on", get("Via: 1.1 b"), "200 keep", "GET /", { has: ["via: 1.1 b"], rfc: "9110, 7.6.3" }],
    ["Max-Forwards of GET goes on", get("Max-Forwards: 5"), "200 keep", "GET /", { rfc: "9110, 7.6.2" }],
    [
      "Proxy-Authorization is not the connection's",
      get("Proxy-Authorization: x"),
      "200 keep",
      "GET /",
      { rfc: "9110, 11.7.2" },
    ],
  ],
};

const expectations: RequestGroup = {
  kind: "Expect",
  rfc: "9110, 10.1.1",
  rows: [
    [
      "100-continue with a length",
      post("Expect: 100-continue⏎Content-Length: 5"),
      "100? 200 keep",
      "POST / length hello",
      {
        lacks: ["expect"],
      },
    ],
    [
      "100-continue with chunks",
      post("Expect: 100-continue⏎Transfer-Encoding: chunked", "5⏎hello⏎0⏎⏎"),
      "100? 200 keep",
      "POST / chunked hello",
      { lacks: ["expect"] },
    ],
    ["100-Continue", post("Expect: 100-Continue⏎Content-Length: 5"), "100? 200 keep", "POST / length hello"],
    ["100-continue without a body", post("Expect: 100-continue", ""), "100? 200 keep|close", "POST / length"],
    [
      "100-continue with a length of 0",
      post("Expect: 100-continue⏎Content-Length: 0", ""),
      "100? 200 keep|close",
      "POST / length",
    ],
    ["100-continue for GET", get("Expect: 100-continue"), "100? 200 keep|close", "GET /"],
    [
      "100-continue of HTTP/1.0 is ignored",
      "POST / HTTP/1.0⏎Host: a⏎Expect: 100-continue⏎Content-Length: 5⏎⏎hello",
      "200 close",
      "POST / length hello",
    ],
    [
      "100-continue twice",
      post("Expect: 100-continue⏎Expect: 100-continue⏎Content-Length: 5"),
      "100? 200|417 keep|close",
      "maybe POST / length hello",
    ],
    ["of a miracle", post("Expect: miracles⏎Content-Length: 5"), "417 close"],
    ["of a miracle, without a body", get("Expect: miracles"), "417 close|keep"],
    [
      "of a miracle and a continue",
      post("Expect: 100-continue, miracles⏎Content-Length: 5"),
      "100? 200|417 keep|close",
      "maybe POST / length hello",
    ],
    ["of 200-ok", post("Expect: 200-ok⏎Content-Length: 5"), "417 close"],
    ["of nothing", post("Expect:⏎Content-Length: 5"), "200|417 keep|close", "maybe POST / length hello"],
    ["100-continue with framing that is broken", post("Expect: 100-continue⏎Content-Length: x"), "400 close"],
    [
      "100-continue with both framings",
      post("Expect: 100-continue⏎Content-Length: 5⏎Transfer-Encoding: chunked"),
      "400 close",
    ],
    [
      "100-continue with a host that is broken",
      "POST / HTTP/1.1⏎Host: a/b⏎Expect: 100-continue⏎Content-Length: 5⏎⏎hello",
      "400 close",
    ],
    [
      "100-continue with a coding that is not known",
      post("Expect: 100-continue⏎Transfer-Encoding: gzip, chunked"),
      "501 close",
    ],
    [
      "100-continue with a body that never comes",
      post("Expect: 100-continue⏎Content-Length: 5", ""),
      "100? 400? close",
      [],
      {
        open: true,
        partial: "POST /",
      },
    ],
  ],
};

const forwarded: RequestGroup = {
  kind: "a field of the gateway",
  rfc: "7239, 8.1",
  rows: [
    ["X-Forwarded-For is appended to", get("X-Forwarded-For: 1.2.3.4"), "200 keep", "GET /"],
    [
      "X-Forwarded-For that is nominated",
      get("X-Forwarded-For: 1.2.3.4⏎Connection: x-forwarded-for"),
      "200 keep",
      "GET /",
    ],
    [
      "X-Forwarded-Proto is the gateway's",
      get("X-Forwarded-Proto: https"),
      "200 keep",
      "GET /",
      { has: ["x-forwarded-proto: http"] },
    ],
    ["X-Forwarded-For of junk does no harm", get('X-Forwarded-For: ,,, x, "y'), "200 keep", "GET /"],
    [
      "X-Request-Id that is nominated is made anew",
      get("X-Request-Id: a⏎Connection: x-request-id"),
      "200 keep",
      "GET /",
    ],
  ],
};

/** The same row for a request with a body, which takes the gateway's other way to upstreams. */
function asPost([name, send, get_, seen, extra = {}]: RequestRow): RequestRow {
  const lengthened = send.replace("GET / ", "POST / ").replace("⏎Host: a⏎", "⏎Host: a⏎Content-Length: 2⏎");
  return [name, `${lengthened}hi`, get_, String(seen).replace("GET /", "POST / length hi"), extra];
}

const hopByHopOfPost: RequestGroup = {
  ...hopByHop,
  kind: "a field of the connection, with a body",
  rows: hopByHop.rows.filter(([, send]) => send.startsWith("GET / ") && !send.includes("Content-Length")).map(asPost),
};

export const connection: readonly RequestGroup[] = [persistence, hopByHop, hopByHopOfPost, expectations, forwarded];
