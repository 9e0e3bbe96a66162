/**
 * Either side goes away, in every phase. Nothing may be left of the exchange: each of these gateways is closed at the end
 * with a drain time longer than the test's, so an exchange that is left over fails the test.
 */
import { describe, expect, it } from "vitest";
import { type GatewayFixture, gatewayAndUpstream } from "./support/gateway-fixture.js";
import { parseResponse } from "./support/raw-client.js";
import type { RawUpstream } from "./support/raw-upstream.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n";
const lastPost = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab";

function fixture(): Promise<GatewayFixture & { upstream: RawUpstream }> {
  return gatewayAndUpstream(undefined, { timeouts: { drainMilliseconds: 120_000 } });
}

describe("a client that vanishes", () => {
  it("within a head leaves nothing", async () => {
    const { client, gateway, upstream } = await fixture();
    const sender = client().send("GET / HTTP/1.1\r\nHost:");
    await new Promise((resolve) => sender.socket.once("connect", resolve));
    sender.close();
    await gateway.close();
    expect(upstream.connections).toHaveLength(0);
  });

  it("within its request's body takes the upstream's request along", async () => {
    const { client, upstream, entry } = await fixture();
    const sender = client().send(`${post}abc`);
    const connection = await upstream.connection();
    await connection.until("abc");
    sender.close();
    await connection.untilClosed();
    expect(await entry()).toMatchObject({ status: 0, details: "client_gone", requestBytes: 3 });
  });

  it.each([
    ["without a body", get],
    ["with a body", `${post}0123456789`],
  ])("while it waits for a response, %s, takes the upstream's request along", async (_what, request) => {
    const { client, upstream, entry } = await fixture();
    const sender = client().send(request);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    sender.close();
    await connection.untilClosed();
    expect(await entry()).toMatchObject({ status: 0, details: "client_gone" });
  });

  it.each([
    ["without a body", get],
    ["with a body", `${post}0123456789`],
  ])("within the response, %s, takes the upstream's request along", async (_what, request) => {
    const { client, upstream, entry } = await fixture();
    const sender = client().send(request);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin");
    await sender.until("begin");
    sender.close();
    await connection.untilClosed();
    expect(await entry()).toMatchObject({ status: 200, details: "client_gone", responseBytes: 5 });
  });

  it("with more requests in the pipeline takes along the one in progress, and the rest never begins", async () => {
    const { client, upstream, entry, entries, gateway } = await fixture();
    const sender = client().send(get.repeat(3));
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    sender.close();
    await connection.untilClosed();
    expect((await entry()).details).toBe("client_gone");
    await gateway.close();
    expect(entries).toHaveLength(1);
    expect(upstream.connections).toHaveLength(1);
  });

  it("in one direction only, within its body, is gone as well", async () => {
    const { client, upstream, entry } = await fixture();
    const sender = client().send(`${post}abc`);
    const connection = await upstream.connection();
    await connection.until("abc");
    sender.socket.end();
    await connection.untilClosed();
    expect((await entry()).details).toBe("client_gone");
  });
});

describe("an upstream that vanishes", () => {
  it.each([
    ["without a body", get],
    ["with a body", `${post}0123456789`],
  ])("before its response, to a request %s, is a 502", async (_what, request) => {
    const { client, entry } = await gatewayAndUpstream(({ socket }) => {
      socket.once("data", () => socket.destroy());
    });
    const sender = client().send(request);
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(502);
    expect(await entry()).toMatchObject({ status: 502, details: "upstream_reset" });
  });

  it("within its head is a 502", async () => {
    const { client, upstream } = await fixture();
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.socket.end("HTTP/1.1 200 OK\r\ncontent-le");
    expect(parseResponse(await sender.until("\r\n\r\n")).status).toBe(502);
  });

  it("while the request's body comes is a 502, and the connection is not used again", async () => {
    const { client, upstream } = await fixture();
    const sender = client().send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    const connection = await upstream.connection();
    await connection.until("abc");
    connection.socket.destroy();
    const response = parseResponse(await sender.untilEnd());
    expect(response.status).toBe(502);
    expect(response.headers).toContainEqual(["connection", "close"]);
  });

  it.each([
    ["a known length", get, "content-length: 100\r\n\r\nbegin"],
    ["a known length, after a body", lastPost, "content-length: 100\r\n\r\nbegin"],
    ["chunks", get, "transfer-encoding: chunked\r\n\r\n5\r\nbegin\r\n"],
    ["chunks, after a body", lastPost, "transfer-encoding: chunked\r\n\r\n5\r\nbegin\r\n"],
  ])("within a body of %s breaks the client's connection", async (_what, request, answer) => {
    const { client, upstream, entry } = await fixture();
    const sender = client().send(request);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send(`HTTP/1.1 200 OK\r\n${answer}`);
    await sender.until("begin");
    connection.socket.end();
    const text = await sender.untilEnd();
    expect(text).not.toContain("\r\n0\r\n\r\n");
    expect(text).not.toContain("502");
    expect(await entry()).toMatchObject({ status: 200, details: "upstream_reset" });
  });

  it("within a body for HTTP/1.0 resets the connection: its mere end would look like the body's", async () => {
    const { client, upstream } = await fixture();
    const sender = client().send("GET / HTTP/1.0\r\n\r\n");
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nbegin\r\n");
    await sender.until("begin");
    connection.socket.end();
    await sender.untilEnd();
    expect(sender.error).toMatchObject({ code: "ECONNRESET" });
  });
});
