/** Whoever is slow is waited for, but not for ever. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { gatewayAndUpstream } from "./support/gateway-fixture.js";
import { parseResponse } from "./support/raw-client.js";
import { answering, okResponse } from "./support/raw-upstream.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

describe("a client", () => {
  it("whose head does not end gets 408", async () => {
    const { client, entry } = await gatewayAndUpstream(undefined, { timeouts: { requestHeadersMilliseconds: 50 } });
    expect(parseResponse(await client().send("GET / HTTP/1.1\r\nHost: a\r\n").untilEnd()).status).toBe(408);
    expect((await entry()).details).toBe("request_head_timeout");
  });

  it("whose head does not end gets 408 also where the limit for bodies is the shorter one", async () => {
    const { client, entry } = await gatewayAndUpstream(undefined, {
      timeouts: { requestHeadersMilliseconds: 200, requestBodyIdleMilliseconds: 20 },
    });
    expect(parseResponse(await client().send("GET / HTTP/1.1\r\nHost: a\r\n").untilEnd()).status).toBe(408);
    expect((await entry()).details).toBe("request_head_timeout");
  });

  it("that sends nothing at all is let go", async () => {
    const { client } = await gatewayAndUpstream(undefined, { timeouts: { requestHeadersMilliseconds: 50 } });
    await client().untilEnd();
  });

  it("whose body does not go on gets 408, and the upstream's request is broken off", async () => {
    const { client, upstream, entry } = await gatewayAndUpstream(undefined, {
      timeouts: { requestBodyIdleMilliseconds: 50 },
    });
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    const connection = await upstream.connection();
    await connection.untilClosed();
    expect(parseResponse(await sender.untilEnd()).status).toBe(408);
    expect(await entry()).toMatchObject({ status: 408, details: "request_body_timeout" });
  });

  it("whose body the upstream does not take is not to blame", async () => {
    const { client, entry } = await gatewayAndUpstream(
      ({ socket }) => {
        socket.pause();
      },
      { timeouts: { requestBodyIdleMilliseconds: 1_000 }, limits: { streamIdleMilliseconds: 3_000 } },
    );
    const sender = client();
    sender.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
    const chunk = Buffer.alloc(1_000_000);
    const sendNext = () => {
      sender.socket.write(chunk, (error) => {
        if (!error) {
          sendNext();
        }
      });
    };
    sendNext();
    expect((await entry()).details).toBe("stream_idle_timeout");
  });

  it("that sends no further request is let go", async () => {
    const { client } = await gatewayAndUpstream(answering(okResponse), { timeouts: { keepAliveMilliseconds: 50 } });
    const text = await client().send(get).untilEnd();
    expect(parseResponse(text)).toMatchObject({ status: 200, body: "ok" });
  });

  it("that waits for its response is waited with", async () => {
    const { client, upstream, entry } = await gatewayAndUpstream(undefined, {
      timeouts: { requestBodyIdleMilliseconds: 20, keepAliveMilliseconds: 20 },
      limits: { upstreamResponseMilliseconds: 300 },
    });
    client().send(get);
    await upstream.connection();
    expect((await entry()).details).toBe("upstream_timeout");
  });
});

describe("an upstream", () => {
  it.each([
    ["without a body", get],
    ["with a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"],
  ])("that does not respond to a request %s is a 504", async (_what, request) => {
    const { client, upstream, entry } = await gatewayAndUpstream(undefined, {
      limits: { upstreamResponseMilliseconds: 50 },
    });
    const sender = client().send(request);
    const connection = await upstream.connection();
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(504);
    await connection.untilClosed();
    expect((await entry()).details).toBe("upstream_timeout");
  });

  it("that does not respond is a 504 whatever limit the client asks for", async () => {
    const { client, entry } = await gatewayAndUpstream(undefined, { limits: { upstreamResponseMilliseconds: 50 } });
    const sender = client().send("GET / HTTP/1.1\r\nHost: a\r\nX-Envoy-Upstream-Rq-Timeout-Ms: 0\r\n\r\n");
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(504);
    expect((await entry()).details).toBe("upstream_timeout");
  });

  it("whose response does not go on is broken off", async () => {
    const { client, upstream, entry } = await gatewayAndUpstream(undefined, { limits: { streamIdleMilliseconds: 50 } });
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin");
    expect(parseResponse(await sender.untilEnd()).body).toBe("begin");
    await connection.untilClosed();
    expect((await entry()).details).toBe("stream_idle_timeout");
  });
});

describe("a client that does not read", () => {
  it("stops the upstream's response, in constant memory, and is broken off", async () => {
    const chunk = "x".repeat(1_000_000);
    let sent = 0;
    const { client, upstream, entry } = await gatewayAndUpstream(
      (connection) => {
        const sendNext = () => {
          connection.socket.write(`f4240\r\n${chunk}\r\n`, (error) => {
            sent++;
            if (!error && sent < 500) {
              sendNext();
            }
          });
        };
        connection.socket.once("data", () => {
          connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
          sendNext();
        });
      },
      { limits: { streamIdleMilliseconds: 300 } },
    );
    const sender = client();
    sender.socket.pause();
    sender.send(get);
    expect(await entry()).toMatchObject({ status: 200, details: "stream_idle_timeout" });
    await upstream.connections[0]!.untilClosed();
    // What the sockets' buffers hold; far less than the upstream has.
    expect(sent).toBeLessThan(50);
  });
});

describe("an exchange that waits for a policy's call", () => {
  const policies = [fileURLToPath(new URL("./policies/ask-first.ts", import.meta.url))];

  it("ends when the client goes away, and abandons the call", async () => {
    const oracle = await gatewayAndUpstream();
    const { client, entry } = await gatewayAndUpstream(undefined, {
      policies,
      upstreams: { oracle: oracle.upstream.url },
    });
    const sender = client().send(get);
    const call = await oracle.upstream.connection();
    expect(await call.until("\r\n\r\n")).toContain("GET /ask HTTP/1.1");
    sender.close();
    expect(await entry()).toMatchObject({ status: 0, details: "client_gone" });
  });
});
