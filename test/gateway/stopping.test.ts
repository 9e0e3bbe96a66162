/** A gateway that stops, and one whose routes are replaced while it runs. */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startGateway } from "../../src/gateway/index.js";
import { gatewayAndUpstream, rawUpstream } from "./support/gateway-fixture.js";
import { parseResponse } from "./support/raw-client.js";
import { answering, okResponse } from "./support/raw-upstream.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const longDrain = { timeouts: { drainMilliseconds: 120_000 } };
const refuse = fileURLToPath(new URL("./policies/refuse.ts", import.meta.url));

function connectionRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", () => {
      resolve(true);
    });
  });
}

describe("a gateway that is closed", () => {
  it("closes idle connections at once, used ones and new ones", async () => {
    const { client, gateway } = await gatewayAndUpstream(answering(okResponse), longDrain);
    const used = client().send(get);
    await used.until("\r\n\r\nok");
    const fresh = client();
    await new Promise((resolve) => fresh.socket.once("connect", resolve));
    await gateway.close();
    await Promise.all([used.untilEnd(), fresh.untilEnd()]);
    expect(await connectionRefused(gateway.port)).toBe(true);
  });

  it("lets an exchange end that waits for its response, and says that the connection closes", async () => {
    const { client, gateway, upstream } = await gatewayAndUpstream(undefined, longDrain);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    const closed = gateway.close();
    expect(await connectionRefused(gateway.port)).toBe(true);
    connection.send(okResponse);
    const response = parseResponse(await sender.untilEnd());
    expect(response).toMatchObject({ status: 200, body: "ok" });
    expect(response.headers).toContainEqual(["connection", "close"]);
    await closed;
  });

  it("lets an exchange end whose response has begun", async () => {
    const { client, gateway, upstream } = await gatewayAndUpstream(undefined, longDrain);
    const sender = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbo");
    await sender.until("bo");
    const closed = gateway.close();
    connection.send("dy");
    expect(parseResponse(await sender.untilEnd()).body).toBe("body");
    await closed;
  });

  it("breaks off what does not end in time", async () => {
    const { client, gateway, upstream, entry } = await gatewayAndUpstream(undefined, {
      timeouts: { drainMilliseconds: 50 },
    });
    const sender = client().send(get);
    const connection = await upstream.connection();
    await gateway.close();
    await connection.untilClosed();
    expect(await sender.untilEnd()).toBe("");
    expect((await entry()).status).toBe(0);
  });

  it("is closed once, however often it is asked to", async () => {
    const { gateway } = await gatewayAndUpstream();
    await Promise.all([gateway.close(), gateway.close(), gateway[Symbol.asyncDispose]()]);
  });

  it("leaves its port to the next one; two at a time do not fit", async () => {
    const { gateway, upstream } = await gatewayAndUpstream();
    const again = () => startGateway({ upstream: upstream.url, port: gateway.port });
    await expect(again()).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    await gateway.close();
    await (await again()).close();
  });
});

describe("routes that are replaced", () => {
  it("take the next exchange, while one in progress ends on the old ones, which are closed then", async () => {
    const next = await rawUpstream(answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnext"));
    const { client, gateway, upstream } = await gatewayAndUpstream(undefined, longDrain);
    const old = client().send(get);
    const connection = await upstream.connection();
    await connection.until("\r\n\r\n");
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\no");
    await old.until("\r\n\r\no");

    await gateway.replace({ upstream: next.url });
    expect(parseResponse(await client().send(get).until("next")).body).toBe("next");
    expect(connection.closed).toBe(false);
    connection.send("ld");
    await old.until("old");
    await connection.untilClosed();

    old.clear();
    old.send(get);
    await old.until("next");
  });

  it("have their own policies", async () => {
    const { client, gateway, upstream } = await gatewayAndUpstream(answering(okResponse));
    const sender = client().send(get);
    await sender.until("\r\n\r\nok");
    await gateway.replace({ upstream: upstream.url, policies: [refuse] });
    sender.clear();
    sender.send(get);
    await sender.until("refused");
  });

  it("stay when the new ones cannot be opened", async () => {
    const { client, gateway, upstream } = await gatewayAndUpstream(answering(okResponse));
    await expect(gateway.replace({ upstream: upstream.url, policies: ["/no/such/policy.ts"] })).rejects.toMatchObject({
      code: "POLICY_NOT_FOUND",
    });
    await client().send(get).until("\r\n\r\nok");
  });
});

describe("routes", () => {
  const timeouts = {
    requestHeadersMilliseconds: 1,
    requestBodyIdleMilliseconds: 1,
    keepAliveMilliseconds: 1,
    drainMilliseconds: 1,
  };
  const limits = {
    bodyBytes: 1,
    upstreamResponseMilliseconds: 1_000,
    streamIdleMilliseconds: 1_000,
    callbackMilliseconds: 100,
    memoryBytes: 67_108_864,
  };

  it("are chosen by host, path and method, else there is 404 or 405", async () => {
    const upstream = await rawUpstream(answering(okResponse));
    const { client, gateway, entries } = await gatewayAndUpstream();
    await gateway.replace({
      // Is not looked at: the listener stays as it is.
      listener: {
        host: "192.0.2.1",
        port: 1,
        trustedHops: 0,
        timeouts,
        limits: { connections: 1 },
        requestTrailers: "drop",
      },
      upstreams: { one: { url: upstream.url, connectTimeoutMilliseconds: 1_000 } },
      routes: [
        { name: "api", match: { pathPrefix: "/api", methods: ["GET", "PUT"] }, upstream: "one", policies: [], limits },
      ],
      log: { level: "info" },
      metrics: { policies: true },
    });
    const sender = client();
    const ask = async (request: string, until: string) => {
      sender.clear();
      sender.send(request);
      return parseResponse(await sender.until(until));
    };
    expect((await ask("GET /x/../api?secret=1 HTTP/1.1\r\nHost: a\r\n\r\n", "ok")).status).toBe(200);
    expect((await ask("GET /apis HTTP/1.1\r\nHost: a\r\n\r\n", "path.\n")).status).toBe(404);
    const wrongMethod = await ask("POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", "here.\n");
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers).toContainEqual(["allow", "GET, PUT"]);
    expect((await ask(get.replace("/", "/api"), "ok")).status).toBe(200);
    expect(entries.map(({ path, route, status, details }) => [path, route, status, details])).toEqual([
      ["/api", "api", 200, "via_upstream"],
      ["/apis", undefined, 404, "route_not_found"],
      ["/api", undefined, 405, "method_not_allowed"],
      ["/api", "api", 200, "via_upstream"],
    ]);
  });
});
