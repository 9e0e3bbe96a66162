/** What a client's request head becomes on its way to the upstream, and which heads are refused. */
import { describe, expect, it } from "vitest";
import { gatewayAndUpstream } from "./support/gateway-fixture.js";
import { parseResponse, sendInTwo } from "./support/raw-client.js";
import { answering, okResponse } from "./support/raw-upstream.js";

async function forwarded(request: string): Promise<{ line: string; headers: [string, string][] }> {
  const { client, upstream } = await gatewayAndUpstream(answering(okResponse));
  const sender = client().send(request);
  await sender.until("\r\n\r\nok");
  const [line = "", ...lines] = upstream.connections[0]!.received.split("\r\n\r\n")[0]!.split("\r\n");
  return { line, headers: lines.map((text) => text.split(/: (.*)/s).slice(0, 2) as [string, string]) };
}

async function refused(request: string): Promise<ReturnType<typeof parseResponse> & { details: string }> {
  const { client, upstream, entry } = await gatewayAndUpstream(answering(okResponse));
  const sender = client().send(request);
  const response = parseResponse(await sender.untilEnd());
  expect(upstream.connections).toHaveLength(0);
  expect(response.headers).toContainEqual(["connection", "close"]);
  return { ...response, details: (await entry()).details };
}

describe("a forwarded head", () => {
  it("keeps names and values byte for byte, repeated ones apart and in order", async () => {
    const { headers } = await forwarded(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Bytes: \xe9\xff\r\nX-Two: 1\r\nx-two: 2\r\nX-Two: 1\r\n\r\n",
    );
    expect(headers.filter(([name]) => name.startsWith("x-two"))).toEqual([
      ["x-two", "1"],
      ["x-two", "2"],
      ["x-two", "1"],
    ]);
    expect(headers).toContainEqual(["x-bytes", "\xe9\xff"]);
  });

  it("keeps the host that the client asked for", async () => {
    const { headers } = await forwarded("GET / HTTP/1.1\r\nHost: shop.example:8080\r\n\r\n");
    expect(headers.filter(([name]) => name === "host")).toEqual([["host", "shop.example:8080"]]);
  });

  it("is without the fields of the client's connection", async () => {
    const { headers } = await forwarded(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Hop\r\nKeep-Alive: timeout=9\r\n" +
        "X-Hop: 1\r\nProxy-Connection: x\r\nTE: gzip, trailers\r\n\r\n",
    );
    const names = headers.map(([name]) => name);
    expect(names).not.toContain("x-hop");
    expect(names).not.toContain("proxy-connection");
    expect(names).not.toContain("keep-alive");
    expect(headers).toContainEqual(["te", "trailers"]);
  });

  it("cannot be robbed of the gateway's own fields by Connection", async () => {
    const { headers } = await forwarded(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: x-forwarded-for, x-request-id, close\r\n\r\n",
    );
    expect(headers).toContainEqual(["x-forwarded-for", "127.0.0.1"]);
    expect(headers.map(([name]) => name)).toContain("x-request-id");
  });

  it("has the client's address in x-forwarded-for, and the scheme, whatever the client says", async () => {
    const { headers } = await forwarded(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\nx-forwarded-for: 10.0.0.2\r\nX-Forwarded-Proto: https\r\n\r\n",
    );
    expect(headers.filter(([name]) => name.startsWith("x-forwarded"))).toEqual([
      ["x-forwarded-for", "127.0.0.1"],
      ["x-forwarded-proto", "http"],
    ]);
  });

  it("keeps a request id and makes one where there is none", async () => {
    const kept = await forwarded("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: abc\r\n\r\n");
    expect(kept.headers).toContainEqual(["x-request-id", "abc"]);
    const made = await forwarded("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(made.headers.find(([name]) => name === "x-request-id")?.[1]).toMatch(/^[0-9a-f-]{36}$/);
    const replaced = await forwarded(`GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${"a".repeat(129)}\r\n\r\n`);
    expect(replaced.headers.find(([name]) => name === "x-request-id")?.[1]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("has a normalised path and the query as it was", async () => {
    const { line } = await forwarded("GET /a/..//b%2F%2e%2e/c?x=%2F/../ HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(line).toBe("GET /c?x=%2F/../ HTTP/1.1");
  });

  it("hands on dots with parameters resolved, and a query as it is", async () => {
    const { line } = await forwarded("GET /x/..;v=1/admin?x=/..;/%2e%2e; HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(line).toBe("GET /admin?x=/..;/%2e%2e; HTTP/1.1");
  });

  it("takes host and path from an absolute target", async () => {
    const { line, headers } = await forwarded("GET http://b.example:81?x HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(line).toBe("GET /?x HTTP/1.1");
    expect(headers).toContainEqual(["host", "b.example:81"]);
  });

  it("passes OPTIONS * on", async () => {
    const { line } = await forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(line).toBe("OPTIONS * HTTP/1.1");
  });

  it("of HTTP/1.0 may be without Host", async () => {
    const { headers } = await forwarded("GET / HTTP/1.0\r\n\r\n");
    expect(headers.find(([name]) => name === "host")?.[1]).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("may offer h2c, which is not taken up", async () => {
    const { headers } = await forwarded(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    );
    expect(headers.map(([name]) => name)).not.toContain("http2-settings");
    expect(headers.map(([name]) => name)).not.toContain("upgrade");
  });
});

describe("a head that is refused", () => {
  it.each([
    ["without Host", "GET / HTTP/1.1\r\n\r\n", "bad_host"],
    ["with two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "bad_host"],
    ["with an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "bad_host"],
    ["with a list as Host", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "bad_host"],
    ["with a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "bad_host"],
    ["with a user in its target", "GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad_host"],
    ["with a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["with a host that ends in two dots", "GET / HTTP/1.1\r\nHost: example.com..\r\n\r\n", "bad_host"],
    ["with an empty label in its host", "GET / HTTP/1.1\r\nHost: example..com:80\r\n\r\n", "bad_host"],
    ["with a dot before its host", "GET http://.example.com/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad_host"],
    ["with a port that is none", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "bad_host"],
    ["with encoded dots that have parameters", "GET /a/%2e%2e;/b HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["with such dots in an absolute target", "GET http://a/b/..%3Bx/c HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["for nothing but slashes", "GET //?a HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["with an encoded NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["with * for another method", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["with another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "bad_path"],
    ["that is chunked HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad_framing"],
    // The rest is refused by Node's parser: two readers of such a message may see two different requests.
    [
      "with two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
      "bad_request",
    ],
    [
      "with a length and chunks",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "bad_request",
    ],
    ["with a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", "bad_request"],
    ["with a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", "bad_request"],
    ["with a space before a colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", "bad_request"],
    ["with a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n", "bad_request"],
    [
      "with an unfinished coding",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
      "bad_request",
    ],
  ])("%s gets 400", async (_what, request, details) => {
    expect(await refused(request)).toMatchObject({ status: 400, details });
  });

  it.each([
    ["GET /a/%2e%2e;/b?token=s3cr3t HTTP/1.1\r\nHost: a\r\n\r\n", "/a/%2e%2e;/b"],
    ["GET /a#token=s3cr3t HTTP/1.1\r\nHost: a\r\n\r\n", "/a"],
    ["GET http://user:s3cr3t@a/b HTTP/1.1\r\nHost: a\r\n\r\n", ""],
  ])("is logged with its method and path, and nothing that may be a secret: %j", async (request, path) => {
    const { client, entry } = await gatewayAndUpstream(answering(okResponse));
    const sender = client().send(request);
    const { body } = parseResponse(await sender.untilEnd());
    const logged = await entry();
    expect(logged).toMatchObject({ status: 400, method: "GET", path, responseBytes: body.length });
    expect(JSON.stringify(logged)).not.toContain("s3cr3t");
  });

  it("with another transfer coding gets 501", async () => {
    const request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n";
    expect(await refused(request)).toMatchObject({ status: 501, details: "unsupported_transfer_encoding" });
  });

  it("larger than 60 KiB gets 431", async () => {
    const request = `GET / HTTP/1.1\r\nHost: a\r\nX-Big: ${"a".repeat(61_440)}\r\n\r\n`;
    expect(await refused(request)).toMatchObject({ status: 431, details: "request_head_too_large" });
  });

  it("that wants another protocol gets 501 with a reason", async () => {
    const request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    expect(await refused(request)).toMatchObject({
      status: 501,
      details: "upgrade_refused",
      body: "This gateway does not switch protocols.\n",
    });
  });

  it("that wants a tunnel gets 501 with a reason", async () => {
    expect(await refused("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")).toMatchObject({
      status: 501,
      details: "connect_refused",
      body: "This gateway does not tunnel.\n",
    });
  });

  it("that expects something unknown gets 417", async () => {
    const request = "POST / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nContent-Length: 1\r\n\r\na";
    expect(await refused(request)).toMatchObject({ status: 417, details: "bad_expectation" });
  });

  it("with more than 1,000 fields gets 431, and with as many all of them are passed on", async () => {
    const head = (count: number) =>
      `GET / HTTP/1.1\r\nHost: a\r\n${Array.from({ length: count - 1 }, (_, i) => `X-${i}: ${i}\r\n`).join("")}\r\n`;
    expect(await refused(head(1_001))).toMatchObject({ status: 431, details: "request_head_too_large" });
    const { headers } = await forwarded(head(1_000));
    expect(headers.filter(([name]) => /^x-\d/.test(name))).toHaveLength(999);
  });

  it.each(["HTTP/2.0", "HTTP/2", "HTTP/1.2", "HTTP/3.0", "HTTP/0.9"])("of %s gets 505", async (version) => {
    expect(await refused(`GET / ${version}\r\nHost: a\r\n\r\n`)).toMatchObject({
      status: 505,
      details: "http_version_not_supported",
    });
  });

  it("that begins HTTP/2 without asking gets 505", async () => {
    expect(await refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toMatchObject({ status: 505 });
  });

  it.each([
    ["another protocol", "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n"],
    ["another protocol, with a method of HTTP", "GET / RTSP/1.0\r\nHost: a\r\n\r\n"],
    ["another protocol, with a method of its own", "DESCRIBE / RTSP/1.0\r\nHost: a\r\n\r\n"],
    ["ICE", "SOURCE / ICE/1.0\r\nHost: a\r\n\r\n"],
    ["no protocol, as HTTP/0.9", "GET /\r\n"],
    ["no protocol", "GET / \r\nHost: a\r\n\r\n"],
    ["a protocol in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n"],
    ["a protocol behind a tab", "GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"],
  ])("of %s gets 400", async (_what, request) => {
    expect(await refused(request)).toMatchObject({ status: 400, details: "bad_request" });
  });

  it("of another protocol is refused wherever its line is split", async () => {
    const { client, upstream } = await gatewayAndUpstream(answering(okResponse));
    const request = "\r\nGET / RTSP/1.0\r\nHost: a\r\n\r\n";
    for (let at = 1; at < request.length; at++) {
      expect(parseResponse(await sendInTwo(client(), request, at)).status).toBe(400);
    }
    expect(upstream.connections).toHaveLength(0);
  });
});
