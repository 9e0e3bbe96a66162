/** Calls of policies, and what only shows at the connections to upstreams. */
import { describe, expect, it, onTestFinished } from "vitest";
import { clusterOf } from "../../src/abi/cluster-name.js";
import type { HeaderList } from "../../src/abi/port.js";
import { SocketUpstreams } from "../../src/gateway/upstreams.js";
import type { CallOutcome, UpstreamFailure } from "../../src/host/upstreams.js";
import { rawUpstream } from "./support/gateway-fixture.js";
import { answering, okResponse, type RawConnection, RawUpstream } from "./support/raw-upstream.js";

const head = (method = "GET"): HeaderList => [
  ":method",
  method,
  ":path",
  "/x?y",
  ":authority",
  "a.example",
  ":scheme",
  "http",
  "x-a",
  "1",
  "x-a",
  "2",
];
const kinds: [string, Call][] = [
  ["without a body", {}],
  ["with a body", { headers: head("POST"), body: "a" }],
];

interface Call {
  headers?: HeaderList;
  body?: string;
  trailers?: HeaderList;
  timeoutMilliseconds?: number;
  bodyBytes?: number;
}

function upstreamsFor(url: string, connectTimeoutMilliseconds = 1_000): SocketUpstreams {
  const upstreams = new SocketUpstreams({ one: { url, connectTimeoutMilliseconds } });
  onTestFinished(() => upstreams.close());
  return upstreams;
}

function call(
  upstreams: SocketUpstreams,
  { headers = head(), body, trailers = [], ...limits }: Call = {},
  name = "one",
): Promise<CallOutcome> {
  return new Promise((resolve) => {
    let returned = false;
    upstreams.call(
      name,
      headers,
      body === undefined ? undefined : Buffer.from(body),
      trailers,
      { timeoutMilliseconds: 5_000, bodyBytes: 1_000, ...limits },
      (outcome) => {
        expect(returned, "never inside call").toBe(true);
        resolve(outcome);
      },
    );
    returned = true;
  });
}

async function outcomeOf(onConnection: (connection: RawConnection) => void, options: Call = {}): Promise<CallOutcome> {
  const upstream = await rawUpstream(onConnection);
  return call(upstreamsFor(upstream.url), options);
}

describe("a response that is paused when its connection ends", () => {
  it.each([
    ["is closed, and tells its length by that", "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello", "end", "helloend"],
    [
      "is closed behind a part of the body",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nhello",
      "end",
      "helloreset",
    ],
    [
      "is reset behind a part of the body",
      "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\nhello",
      "reset",
      "helloreset",
    ],
  ])("comes as far as it came: %s", async (_what, bytes, ending, expected) => {
    const upstream = await rawUpstream((connection) => {
      connection.socket.once("data", () => connection.send(bytes));
    });
    const seen = await new Promise<string>((resolve) => {
      let text = "";
      const resume = () => setImmediate(() => request.resumeResponse());
      const request = upstreamsFor(upstream.url).forward("one", head(), true, {
        onHeaders: () => undefined,
        onData: (chunk, endOfStream) => {
          text += Buffer.from(chunk).toString();
          if (endOfStream) {
            resolve(`${text}end`);
          } else if (text === "hello") {
            request.pauseResponse();
            const { socket } = upstream.connections[0]!;
            setImmediate(() => (ending === "end" ? socket.end(resume) : socket.resetAndDestroy()));
          }
        },
        onTrailers: () => undefined,
        onFailure: (failure) => {
          resolve(text + failure);
        },
        onDrain: () => undefined,
      });
    });
    expect(seen).toBe(expected);
  });
});

describe("a call", () => {
  it("gets status, headers, body and trailers, repeated headers apart", async () => {
    const outcome = await outcomeOf(
      answering(
        "HTTP/1.1 201 Created\r\nSet-Cookie: a\r\nset-cookie: b\r\ntransfer-encoding: chunked\r\n\r\n" +
          "2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
      ),
    );
    expect(outcome).toEqual({
      ok: true,
      status: 201,
      headers: ["set-cookie", "a", "set-cookie", "b"],
      body: Buffer.from("ok"),
      trailers: ["x-sum", "1"],
    });
  });

  it("finds an upstream by its origin as by its name", async () => {
    const upstream = await rawUpstream(answering(okResponse));
    const target = clusterOf(`${upstream.url}/base`);
    const outcome = await call(upstreamsFor(upstream.url), {}, target?.cluster);
    expect(outcome).toMatchObject({ ok: true, status: 200 });
    const unknown = await call(upstreamsFor(upstream.url), {}, "http|127.0.0.1|1");
    expect(unknown).toMatchObject({ ok: false, failure: "unknown-upstream" });
  });

  it("is sent once more where its connection had been kept and is lost before the response, and only there", async () => {
    const upstream = await rawUpstream(({ socket }) => {
      socket.once("data", () => {
        socket.write(okResponse);
        socket.once("data", () => socket.resetAndDestroy());
      });
    });
    const upstreams = upstreamsFor(upstream.url);
    expect(await call(upstreams)).toMatchObject({ ok: true });
    expect(await call(upstreams)).toMatchObject({ ok: true });
    expect(upstream.connections).toHaveLength(2);

    const lost = await rawUpstream(({ socket }) => {
      socket.once("data", () => socket.resetAndDestroy());
    });
    expect(await call(upstreamsFor(lost.url))).toMatchObject({ ok: false, failure: "reset" });
    expect(lost.connections).toHaveLength(1);
  });

  it("sends its head without the pseudo-headers", async () => {
    const upstream = await rawUpstream(answering(okResponse));
    await call(upstreamsFor(upstream.url));
    expect(upstream.connections[0]!.received).toBe(
      "GET /x?y HTTP/1.1\r\nhost: a.example\r\nconnection: keep-alive\r\nx-a: 1\r\nx-a: 2\r\n\r\n",
    );
  });

  it("sends its body with the exact length, whatever the head says", async () => {
    const upstream = await rawUpstream();
    const outcome = call(upstreamsFor(upstream.url), {
      headers: [...head("PUT"), "content-length", "99"],
      body: "hello",
    });
    const connection = await upstream.connection();
    const received = await connection.until("hello");
    expect(received.match(/content-length: .*/g)).toEqual(["content-length: 5"]);
    connection.send(okResponse);
    expect(await outcome).toMatchObject({ ok: true, status: 200 });
  });

  it("sends its trailers", async () => {
    const upstream = await rawUpstream();
    const outcome = call(upstreamsFor(upstream.url), { headers: head("PUT"), body: "hello", trailers: ["x-sum", "1"] });
    const connection = await upstream.connection();
    expect(await connection.until("x-sum: 1\r\n\r\n")).toContain("\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n");
    connection.send(okResponse);
    await outcome;
  });

  it("does not send fields that belong to the connection", async () => {
    const upstream = await rawUpstream(answering(okResponse));
    await call(upstreamsFor(upstream.url), {
      headers: [
        ...head(),
        "connection",
        "close",
        "upgrade",
        "x",
        "expect",
        "100-continue",
        "transfer-encoding",
        "chunked",
        "host",
        "b",
      ],
    });
    expect(upstream.connections[0]!.received).toBe(
      "GET /x?y HTTP/1.1\r\nhost: a.example\r\nconnection: keep-alive\r\nx-a: 1\r\nx-a: 2\r\n\r\n",
    );
  });

  it.each([
    ["no body", {}, false],
    ["a body", { headers: head("PUT"), body: "hello" }, false],
    ["trailers", { headers: head("PUT"), body: "hello", trailers: ["x-sum", "1"] }, true],
  ] as const)("with %s says Trailer only where trailers follow", async (_what, options, said) => {
    const upstream = await rawUpstream();
    const { headers = head(), ...rest }: Call = { ...options } as Call;
    const outcome = call(upstreamsFor(upstream.url), { headers: [...headers, "trailer", "x-sum"], ...rest });
    const connection = await upstream.connection();
    const received = await connection.until(said ? "x-sum: 1\r\n\r\n" : (rest.body ?? "\r\n\r\n"));
    expect(received.includes("\r\ntrailer: x-sum\r\n")).toBe(said);
    connection.send(okResponse);
    expect(await outcome).toMatchObject({ ok: true, status: 200 });
  });

  it("understands an unasked 100 Continue", async () => {
    expect(
      await outcomeOf(
        (connection) => {
          connection.socket.once("data", () => connection.send(`HTTP/1.1 100 Continue\r\n\r\n${okResponse}`));
        },
        { headers: head("POST"), body: "a" },
      ),
    ).toMatchObject({ ok: true, status: 200 });
  });

  it("may have a body of exactly the limit", async () => {
    expect(await outcomeOf(answering(okResponse), { bodyBytes: 2 })).toMatchObject({ ok: true });
  });

  it("can be abandoned", async () => {
    const upstream = await rawUpstream();
    const upstreams = upstreamsFor(upstream.url);
    const abandon = upstreams.call("one", head(), undefined, [], { timeoutMilliseconds: 5_000, bodyBytes: 10 }, () => {
      throw new Error("called though abandoned");
    });
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    abandon();
    abandon();
    await connection.untilClosed();
  });

  it("that is abandoned before it is connected is never sent, and leaves the connection to the next", async () => {
    const upstream = await rawUpstream(answering(okResponse));
    const upstreams = upstreamsFor(upstream.url);
    const never = [":method", "GET", ":path", "/never", ":authority", "a"];
    upstreams.call("one", never, undefined, [], { timeoutMilliseconds: 5_000, bodyBytes: 10 }, () => {
      throw new Error("called though abandoned");
    })();
    expect(await call(upstreams)).toMatchObject({ ok: true });
    expect(upstream.connections.map(({ received }) => received).join("")).not.toContain("/never");
  });
});

describe("a failing call is told as", () => {
  const begun = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegin";
  const chunks = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n";
  const closing = ({ socket }: RawConnection) => socket.once("data", () => socket.destroy());
  const failures: [UpstreamFailure, string, (connection: RawConnection) => void, Call][] = [
    ["timeout", "without an answer", () => undefined, { timeoutMilliseconds: 30 }],
    ["timeout", "whose answer does not end", answering(begun), { timeoutMilliseconds: 30 }],
    [
      "too-large",
      "with a length over the limit",
      answering("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"),
      { bodyBytes: 2 },
    ],
    ["too-large", "with chunks over the limit", answering(chunks), { bodyBytes: 2 }],
    ["reset", "closed without an answer", closing, {}],
    ["reset", "closed without an answer to a body", closing, { headers: head("POST"), body: "a" }],
    ["reset", "closed within the answer", ({ socket }) => socket.once("data", () => socket.end(begun)), {}],
    ["reset", "that is no HTTP", answering("nonsense\r\n\r\n"), {}],
  ];
  it.each(failures)("%s: %s", async (failure, _what, onConnection, options) => {
    expect(await outcomeOf(onConnection, options)).toMatchObject({ ok: false, failure });
  });

  it.each(kinds)("unreachable: refused, %s", async (_what, options) => {
    const upstream = await RawUpstream.start();
    const { url } = upstream;
    await upstream.close();
    expect(await call(upstreamsFor(url), options)).toMatchObject({ ok: false, failure: "unreachable" });
  });

  it.each(kinds)("unreachable: no TLS in time, %s", async (_what, options) => {
    // Takes the connection and never shakes hands.
    const upstream = await rawUpstream();
    const outcome = await call(upstreamsFor(upstream.url.replace("http:", "https:"), 30), options);
    expect(outcome).toMatchObject({ ok: false, failure: "unreachable" });
  });

  it.each(kinds)("unreachable: no TLS at all, %s", async (_what, options) => {
    const upstream = await rawUpstream(({ socket }) =>
      socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const outcome = await call(upstreamsFor(upstream.url.replace("http:", "https:")), options);
    expect(outcome).toMatchObject({ ok: false, failure: "unreachable" });
  });

  it("unknown-upstream: a name that is not configured", async () => {
    const upstreams = upstreamsFor("http://127.0.0.1:1");
    expect(upstreams.has("two")).toBe(false);
    expect(await call(upstreams, {}, "two")).toMatchObject({ ok: false, failure: "unknown-upstream" });
  });
});
