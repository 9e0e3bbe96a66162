/** Request bodies on their way to the upstream, and what happens to those that nobody wants. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { gatewayAndUpstream } from "./support/gateway-fixture.js";
import { parseResponse } from "./support/raw-client.js";
import { okResponse } from "./support/raw-upstream.js";

const policy = (name: string): string => fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));

/** Whatever the head says comes to the upstream; the body is what follows the head. */
function bodyOf(received: string): string {
  return received.slice(received.indexOf("\r\n\r\n") + 4);
}

describe("a request body", () => {
  it("of a known length keeps it", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    const connection = await upstream.connection();
    const received = await connection.until("hello");
    expect(received).toContain("content-length: 5\r\n");
    expect(received.toLowerCase()).not.toContain("transfer-encoding");
    connection.send(okResponse);
    await sender.until("\r\n\r\nok");
  });

  it.each(["POST", "DELETE", "GET", "OPTIONS"])("in chunks stays in chunks with %s", async (method) => {
    const { client, upstream } = await gatewayAndUpstream();
    client().send(
      `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3;ext=1\r\ntwo\r\n0\r\n\r\n`,
    );
    const received = await (await upstream.connection()).until("0\r\n\r\n");
    expect(received).toContain("transfer-encoding: chunked\r\n");
    expect(received).not.toContain("content-length");
    expect(
      bodyOf(received)
        .replace(/\r\n\d\r\n/g, "")
        .replace(/[^a-z]/g, ""),
    ).toBe("onetwo");
  });

  it("of a known length is passed on without Trailer, which would announce nothing", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send(
      "POST / HTTP/1.1\r\nHost: a\r\nTrailer: x-sum\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    );
    const connection = await upstream.connection();
    expect(await connection.until("hello")).not.toContain("trailer");
    connection.send(okResponse);
    expect(parseResponse(await sender.untilEnd())).toMatchObject({ status: 200, body: "ok" });
  });

  it("of length 0 is none", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    const received = await (await upstream.connection()).until("\r\n\r\n");
    expect(received).toContain("content-length: 0\r\n");
  });

  it("brings its trailers where the gateway lets them pass", async () => {
    const { client, upstream } = await gatewayAndUpstream(undefined, { requestTrailers: "pass" });
    client().send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" +
        "2\r\nab\r\n0\r\nX-Sum: 1\r\nX-Sum: 2\r\nAuthorization: b\r\n\r\n",
    );
    const received = await (await upstream.connection()).until("x-sum: 2\r\n\r\n");
    expect(received.endsWith("0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n")).toBe(true);
  });

  it("loses its trailers otherwise, and their announcement", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    client().send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n" +
        "2\r\nab\r\n0\r\nX-Sum: 1\r\nX-Request-Id: forged\r\n\r\n",
    );
    const received = await (await upstream.connection()).until("\r\n0\r\n\r\n");
    expect(received).not.toMatch(/x-sum|forged/i);
  });

  it("with more than 1,000 trailers gets 431", async () => {
    const { client, upstream, entry } = await gatewayAndUpstream(undefined, { requestTrailers: "pass" });
    const sender = client().send(
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${"X-A: 1\r\n".repeat(1_001)}\r\n`,
    );
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(431);
    await (await upstream.connection()).untilClosed();
    expect(await entry()).toMatchObject({ status: 431, details: "request_trailers_too_large" });
  });

  it("may come long after its head, which is not kept back", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n");
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    sender.send("a");
    await connection.until("\r\n\r\na");
    sender.send("bc");
    await connection.until("\r\n\r\nabc");
    connection.send(okResponse);
    await sender.until("\r\n\r\nok");
  });

  it("may go on after the response has begun", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n");
    await sender.until("2\r\nhi\r\n");
    sender.send("3\r\none\r\n");
    await connection.until("one");
    sender.send("0\r\n\r\n");
    await connection.until("0\r\n\r\n");
    connection.send("3\r\nbye\r\n0\r\n\r\n");
    await sender.until("3\r\nbye\r\n0\r\n\r\n");
  });

  it("waits for an upstream that takes it slowly, and comes whole", async () => {
    const size = 8_000_000;
    const { client, upstream } = await gatewayAndUpstream(({ socket }) => {
      socket.pause();
    });
    const sender = client().send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    const connection = await upstream.connection();
    sender.socket.write(Buffer.alloc(size, "x"));
    // Until everything between is full.
    while (sender.socket.bytesWritten - sender.socket.writableLength < 500_000) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.socket.resume();
    let length = 0;
    connection.socket.on("data", (chunk: string) => {
      length += chunk.replaceAll(/[^x]/g, "").length;
      if (length >= size) {
        connection.send(okResponse);
      }
    });
    await sender.until("\r\n\r\nok");
  });

  it("of broken chunks gets 400, and the upstream's request is broken off", async () => {
    const { client, upstream, entry } = await gatewayAndUpstream();
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    const connection = await upstream.connection();
    await connection.until("ab");
    sender.send("zz\r\n\r\n");
    expect(parseResponse(await sender.untilEnd()).status).toBe(400);
    await connection.untilClosed();
    expect((await entry()).details).toBe("bad_request_body");
  });
});

describe("an upstream that answers before it has read the body", () => {
  it.each([
    ["and closes", true],
    ["and leaves the connection open", false],
  ])("%s: its answer comes to the client", async (_what, closes) => {
    const { client, upstream, entry } = await gatewayAndUpstream(({ socket }) => {
      socket.once("data", () => {
        socket.pause();
        socket.write("HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\n\r\nlarge");
        if (closes) {
          socket.end();
        }
      });
    });
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n");
    await upstream.connection();
    sender.send("x".repeat(3_000_000));
    const response = parseResponse(await sender.untilEnd());
    expect(response).toMatchObject({ status: 413, body: "large" });
    expect(response.headers).toContainEqual(["connection", "close"]);
    expect(await entry()).toMatchObject({ status: 413, details: "via_upstream" });
  });
});

describe("a client that waits for 100 Continue", () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";

  it("gets it when the body is wanted, and once", async () => {
    const { client, upstream } = await gatewayAndUpstream();
    const sender = client().send(head);
    await sender.until("HTTP/1.1 100 Continue\r\n\r\n");
    sender.clear();
    sender.send("ab");
    const connection = await upstream.connection();
    expect((await connection.until("ab")).toLowerCase()).not.toContain("expect");
    connection.send(okResponse);
    expect(parseResponse(await sender.until("\r\n\r\nok")).status).toBe(200);
  });

  it("gets the answer instead when a policy answers on the head", async () => {
    const { client } = await gatewayAndUpstream(undefined, { policies: [policy("refuse")] });
    const text = await client().send(head).untilEnd();
    expect(parseResponse(text)).toMatchObject({ status: 403, body: "refused" });
    expect(text).not.toContain("100 Continue");
  });
});

describe("an unread request body", () => {
  it("that is small is thrown away, and the connection goes on", async () => {
    const { client } = await gatewayAndUpstream(undefined, { policies: [policy("refuse")] });
    const sender = client();
    for (let i = 0; i < 2; i++) {
      sender.clear();
      sender.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
      await sender.until("refused");
      sender.send("x".repeat(1_000));
    }
    expect(sender.ended).toBe(false);
  });

  it("that is large closes the connection, which is not reset while the client still sends", async () => {
    const { client } = await gatewayAndUpstream(undefined, { policies: [policy("refuse")] });
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n");
    const response = parseResponse(await sender.untilEnd());
    expect(response).toMatchObject({ status: 403, body: "refused" });
    expect(response.headers).toContainEqual(["connection", "close"]);
    // A client that reads only after it has sent everything would lose the answer by a reset.
    await new Promise<void>((resolve) => {
      sender.socket.once("close", () => {
        resolve();
      });
      sender.socket.end(Buffer.alloc(4_000_000));
    });
    expect(sender.error).toBeUndefined();
    expect(sender.socket.bytesWritten).toBeGreaterThan(4_000_000);
  });

  it("that does not end is cut off", async () => {
    const { client } = await gatewayAndUpstream(undefined, { policies: [policy("refuse")] });
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    await sender.until("refused");
    const chunk = Buffer.from(`100000\r\n${"x".repeat(0x100000)}\r\n`, "latin1");
    let sent = 0;
    const sendNext = () => {
      sent++;
      sender.socket.write(chunk, (error) => {
        if (!error && sent < 64) {
          sendNext();
        }
      });
    };
    sendNext();
    await new Promise((resolve) => sender.socket.once("close", resolve));
    expect(sent).toBeLessThan(64);
  });

  it("of a request that no route takes is treated alike", async () => {
    const { client } = await gatewayAndUpstream();
    const sender = client();
    sender.send("POST / HTTP/1.1\r\nHost: a/b\r\nContent-Length: 10\r\n\r\n");
    expect(parseResponse(await sender.untilEnd()).status).toBe(400);
    expect(sender.error).toBeUndefined();
  });
});
