/** What an upstream's response becomes on its way to the client. */
import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { gatewayAndUpstream, gatewayFor } from "./support/gateway-fixture.js";
import { parseResponse } from "./support/raw-client.js";
import { answering, okResponse, RawUpstream } from "./support/raw-upstream.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const lastPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab";
const lastGet = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

const requests = [
  ["without a body", lastGet],
  ["with a body", lastPost],
] as const;

async function response(answer: string, request = lastGet): Promise<ReturnType<typeof parseResponse>> {
  const { client } = await gatewayAndUpstream(answering(answer));
  return parseResponse(await client().send(request).untilEnd());
}

describe("a response", () => {
  it("keeps names and values byte for byte, repeated ones apart and in order", async () => {
    const { headers } = await response(
      "HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nX-Bytes: \xe9\xff\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n",
    );
    expect(headers.filter(([name]) => name === "set-cookie")).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    expect(headers).toContainEqual(["x-bytes", "\xe9\xff"]);
  });

  it("is without the fields of the upstream's connection", async () => {
    const { headers } = await response(
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=77\r\nX-Hop: 1\r\ncontent-length: 0\r\n\r\n",
    );
    expect(headers.map(([name]) => name)).not.toContain("x-hop");
    expect(headers.filter(([name]) => name === "connection" || name === "keep-alive")).toEqual([
      ["connection", "close"],
    ]);
  });

  it.each(requests)("keeps fields whose names are words of JavaScript, to a request %s", async (_what, request) => {
    const { headers } = await response(
      "HTTP/1.1 200 OK\r\n__proto__: a\r\nconstructor: b\r\ntoString: c\r\ncontent-length: 0\r\n\r\n",
      request,
    );
    for (const field of [
      ["__proto__", "a"],
      ["constructor", "b"],
      ["tostring", "c"],
    ]) {
      expect(headers).toContainEqual(field);
    }
  });

  it("keeps the date that the upstream gave", async () => {
    const { headers } = await response(
      "HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\ncontent-length: 0\r\n\r\n",
    );
    expect(headers.filter(([name]) => name === "date")).toEqual([["date", "Tue, 01 Jan 2030 00:00:00 GMT"]]);
  });

  it("to HEAD keeps the length of the body it does not have", async () => {
    const { client } = await gatewayAndUpstream(answering("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"));
    const two = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    const text = await client().send(two).untilEnd();
    const second = text.indexOf("HTTP/1.1", 1);
    for (const part of [text.slice(0, second), text.slice(second)]) {
      expect(parseResponse(part)).toMatchObject({ status: 200, body: "" });
      expect(parseResponse(part).headers).toContainEqual(["content-length", "5"]);
    }
  });

  it("of 204 has neither body nor length", async () => {
    const { status, headers, body } = await response("HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n");
    expect({ status, body }).toEqual({ status: 204, body: "" });
    expect(headers.map(([name]) => name)).not.toContain("content-length");
    expect(headers.map(([name]) => name)).not.toContain("transfer-encoding");
  });

  it("of 304 keeps the length of the body it does not have", async () => {
    const { status, headers, body } = await response(
      "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\netag: x\r\n\r\n",
    );
    expect({ status, body }).toEqual({ status: 304, body: "" });
    expect(headers).toContainEqual(["content-length", "5"]);
    expect(headers.map(([name]) => name)).not.toContain("transfer-encoding");
  });

  it("without a length is chunked, an empty one too", async () => {
    expect(await response("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")).toMatchObject({
      body: "2\r\nok\r\n0\r\n\r\n",
    });
    expect(await response("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")).toMatchObject({
      body: "0\r\n\r\n",
    });
  });

  it("that ends with the upstream's connection is complete", async () => {
    const { client } = await gatewayAndUpstream(({ socket }) => {
      socket.end("HTTP/1.0 200 OK\r\n\r\nbody");
    });
    expect(parseResponse(await client().send(lastGet).untilEnd()).body).toBe("4\r\nbody\r\n0\r\n\r\n");
  });

  it("for a client of HTTP/1.0 has no chunks and ends with the connection", async () => {
    const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n";
    const { headers, body } = await response(chunked, "GET / HTTP/1.0\r\n\r\n");
    expect(body).toBe("ok");
    expect(headers.map(([name]) => name)).not.toContain("transfer-encoding");
  });

  it("for a client of HTTP/1.0 that wants it leaves the connection open", async () => {
    const { client } = await gatewayAndUpstream(answering(okResponse));
    const sender = client().send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await sender.until("\r\n\r\nok");
    sender.clear();
    sender.send("GET / HTTP/1.0\r\n\r\n");
    expect(parseResponse(await sender.untilEnd()).body).toBe("ok");
  });

  it("brings its trailers", async () => {
    const { body } = await response(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nTrailer: x-sum\r\n\r\n" +
        "2\r\nok\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\nSet-Cookie: a=b\r\n\r\n",
    );
    expect(body).toBe("2\r\nok\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n");
  });

  it("for a client of HTTP/1.0 has no chunks even if it says that it knows them, nor trailers", async () => {
    const chunked =
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nTrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n";
    const { headers, body } = await response(chunked, "GET / HTTP/1.0\r\nTE: chunked, trailers\r\n\r\n");
    expect(body).toBe("ok");
    const names = headers.map(([name]) => name);
    expect(names).not.toContain("transfer-encoding");
    expect(names).not.toContain("trailer");
  });

  it.each(
    ["GET", "POST", "HEAD"].flatMap((method) =>
      [
        ["200", "content-length: 2\r\n", "ok"],
        ["200", "content-length: 0\r\n", ""],
        ["204", "", ""],
        ["304", "content-length: 2\r\n", ""],
      ].map((answer) => [method, ...answer] as const),
    ),
  )("to %s of %s with %j has no Trailer, since none can follow", async (method, status, fields, body) => {
    const { client, entry } = await gatewayAndUpstream(
      answering(`HTTP/1.1 ${status} X\r\ntrailer: x-sum\r\n${fields}\r\n${method === "HEAD" ? "" : body}`),
    );
    const request = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const answer = parseResponse(await client().send(request).untilEnd());
    expect(answer).toMatchObject({ status: Number(status), body: method === "HEAD" ? "" : body });
    expect(answer.headers.map(([name]) => name)).not.toContain("trailer");
    expect(await entry()).toMatchObject({ status: Number(status), details: "via_upstream" });
  });

  it("of a policy has no Trailer either", async () => {
    const { client } = await gatewayAndUpstream(undefined, {
      policies: ["test/gateway/policies/announce-trailers.ts"],
    });
    const answer = parseResponse(await client().send(lastGet).untilEnd());
    expect(answer).toMatchObject({ status: 403, body: "refused" });
    expect(answer.headers.map(([name]) => name)).not.toContain("trailer");
  });

  it.each(requests)("to a request %s after interim ones is the one that counts", async (_what, request) => {
    const { status, body } = await response(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${okResponse}`, request);
    expect({ status, body }).toEqual({ status: 200, body: "ok" });
  });

  it.each(requests)(
    "to a request %s that the upstream has given whole is complete, however slowly the client reads",
    async (_what, request) => {
      const size = 8_000_000;
      const { client, upstream } = await gatewayAndUpstream(({ socket }) => {
        socket.once("data", () => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${"x".repeat(size)}`));
      });
      const sender = client();
      sender.socket.pause();
      sender.send(request);
      const { socket } = await upstream.connection();
      // Everything the sockets between can hold is full by the time that a good part has gone out.
      while (socket.bytesWritten < 1_000_000) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      sender.socket.resume();
      const text = await sender.untilEnd();
      expect(text.endsWith("\r\n0\r\n\r\n")).toBe(true);
      expect(text.split("x").length - 1).toBe(size);
    },
  );

  it.each(requests)(
    "to a request %s in more small chunks than are sent on at once is complete, without a warning of Node's",
    async (_what, request) => {
      const count = 40_000;
      const { body } = await response(
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(count)}0\r\n\r\n`,
        request,
      );
      expect(body.split("x").length - 1).toBe(count);
    },
  );

  it.each(requests)("of 101 to a request %s, which did not ask for it, is a 502", async (_what, request) => {
    const answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    expect((await response(answer, request)).status).toBe(502);
  });

  it("with two lengths is a 502", async () => {
    expect((await response("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok")).status).toBe(502);
  });

  it("with a head of more than 60 KiB is a 502", async () => {
    expect(
      (await response(`HTTP/1.1 200 OK\r\nx-big: ${"a".repeat(61_440)}\r\ncontent-length: 0\r\n\r\n`)).status,
    ).toBe(502);
  });

  it("is sent on as it comes: head, then chunk after chunk", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
    await sender.until("\r\n\r\n");
    connection.send("3\r\none\r\n");
    await sender.until("3\r\none\r\n");
    connection.send("3\r\ntwo\r\n0\r\n\r\n");
    await sender.until("3\r\ntwo\r\n0\r\n\r\n");
  });
});

describe("a connection", () => {
  it("is kept for the next request, on both sides", async () => {
    const { client, upstream } = await gatewayAndUpstream(answering(okResponse));
    const sender = client();
    for (let i = 0; i < 3; i++) {
      sender.clear();
      sender.send(get);
      await sender.until("\r\n\r\nok");
    }
    expect(upstream.connections).toHaveLength(1);
  });

  it("is closed when the client wants that", async () => {
    const { client } = await gatewayAndUpstream(answering(okResponse));
    expect(parseResponse(await client().send(lastGet).untilEnd()).headers).toContainEqual(["connection", "close"]);
  });

  it("to the upstream that was closed while idle is replaced without the client's noticing", async () => {
    let count = 0;
    const { client, upstream } = await gatewayAndUpstream((connection) => {
      const number = count++;
      connection.socket.on("data", () => {
        if (number === 0 && connection.received.split("\r\n\r\n").length > 2) {
          // The second request on the first connection: closed without a byte.
          connection.socket.destroy();
        } else {
          connection.send(okResponse);
        }
      });
    });
    const sender = client().send(get);
    await sender.until("\r\n\r\nok");
    sender.clear();
    sender.send(lastGet);
    expect(parseResponse(await sender.untilEnd()).status).toBe(200);
    expect(upstream.connections).toHaveLength(2);
  });

  it("to the upstream that is reset whenever it is idle never fails a GET", async () => {
    const { client, upstream } = await gatewayAndUpstream(answering(okResponse));
    const sender = client();
    for (let round = 0; round < 50; round++) {
      sender.clear();
      expect(await sender.send(get).until("\r\n\r\n")).toContain("200 OK");
      upstream.connections.at(-1)?.socket.resetAndDestroy();
    }
  });

  it.each([
    ["GET", 2],
    ["HEAD", 2],
    ["OPTIONS", 2],
    ["TRACE", 2],
    ["DELETE", 2],
    ["PUT", 1],
    ["POST", 1],
    ["PATCH", 1],
  ])(
    "to the upstream that is lost without a byte of a response to %s is tried %i times in all",
    async (method, tries) => {
      const { client, upstream, entry } = await gatewayAndUpstream(({ socket }) => {
        socket.once("data", () => socket.resetAndDestroy());
      });
      const request = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
      expect(parseResponse(await client().send(request).untilEnd()).status).toBe(502);
      expect(upstream.connections).toHaveLength(tries);
      expect(await entry()).toMatchObject({ status: 502, details: "upstream_reset" });
    },
  );

  it.each([
    ["of a response", "H"],
    ["of an informational response", "HTTP/1.1 100 Continue\r\n\r\n"],
  ])("to the upstream that is lost after the first bytes %s is not tried again", async (_what, bytes) => {
    const { client, upstream } = await gatewayAndUpstream(({ socket }) => {
      socket.once("data", () => socket.end(bytes));
    });
    expect(parseResponse(await client().send(lastGet).untilEnd()).status).toBe(502);
    expect(upstream.connections).toHaveLength(1);
  });

  it("to the upstream on which something comes that nobody asked for is not used again", async () => {
    const { client, upstream } = await gatewayAndUpstream(answering(okResponse));
    const sender = client();
    for (const [index, request] of [get, lastPost].entries()) {
      sender.clear();
      await sender.send(request).until("\r\n\r\nok");
      const connection = await upstream.connection(index);
      connection.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad");
      await connection.untilClosed();
    }
  });
});

describe("informational responses", () => {
  const answer = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${okResponse}`;

  it.each(requests)("that come a byte at a time are dropped, for a request %s", async (_what, request) => {
    const { client } = await gatewayAndUpstream(({ socket }) => {
      socket.setNoDelay(true);
      socket.once("data", () => {
        sendBytes(socket, answer, 0);
      });
    });
    expect(parseResponse(await client().send(request).untilEnd())).toMatchObject({ status: 200, body: "ok" });
  });

  it.each(requests)("are dropped over TLS, too, for a request %s", async (_what, request) => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const server = createTlsServer({ key: certificate("localhost.key.pem"), cert: certificate("localhost.pem") });
    server.on("secureConnection", (socket) => {
      socket.once("data", () => socket.write(answer));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const { client } = await gatewayFor({ upstream: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(parseResponse(await client().send(request).untilEnd())).toMatchObject({ status: 200, body: "ok" });
  });
});

/** Sends each byte in a turn of its own. */
function sendBytes(socket: Socket, text: string, from: number): void {
  if (from < text.length) {
    socket.write(text[from]!);
    setImmediate(sendBytes, socket, text, from + 1);
  }
}

function certificate(file: string): Buffer {
  return readFileSync(new URL(`../envoy/certificates/${file}`, import.meta.url));
}

describe("the access log", () => {
  it.each(requests)(
    "has the status that the client got, to a request %s, when the body breaks at once",
    async (_what, request) => {
      const { client, entry } = await gatewayAndUpstream(
        answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nBROKEN\r\n"),
      );
      const text = await client().send(request).untilEnd();
      expect(text).not.toBe("");
      expect((await entry()).status).toBe(parseResponse(text).status);
    },
  );
});

describe("no upstream", () => {
  it("is a 502", async () => {
    const upstream = await RawUpstream.start();
    const { url } = upstream;
    await upstream.close();
    const { client, entry } = await gatewayFor({ upstream: url });
    expect(parseResponse(await client().send(lastGet).untilEnd()).status).toBe(502);
    expect((await entry()).details).toBe("upstream_unreachable");
  });

  it("is a 502 for a request with a body", async () => {
    const upstream = await RawUpstream.start();
    const { url } = upstream;
    await upstream.close();
    const { client, entry } = await gatewayFor({ upstream: url });
    const request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab";
    expect(parseResponse(await client().send(request).untilEnd()).status).toBe(502);
    expect((await entry()).details).toBe("upstream_unreachable");
  });
});
