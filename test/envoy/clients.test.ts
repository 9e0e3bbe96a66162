/** What clients send and do, on the embedded gateway and in Envoy: the same comes of it. */
import { describe, expect, it, onTestFinished } from "vitest";
import { type SingleRoute, startGateway } from "../../src/gateway/index.js";
import { singleRouteConfig } from "../../src/gateway/single-route.js";
import { messageUpstream } from "../gateway/support/message-upstream.js";
import { RawClient } from "../gateway/support/raw-client.js";
import { startConfig } from "./support/policies-in-envoy.js";

type Start = (route: SingleRoute) => Promise<number>;

/** Starts the engine, to be closed with the test; resolves with its port. */
const engines: Readonly<Record<string, Start>> = {
  "the embedded gateway": async (route) => {
    const gateway = await startGateway(route);
    onTestFinished(() => gateway.close());
    return gateway.port;
  },
  Envoy: async (route) => {
    const envoy = await startConfig(singleRouteConfig(route));
    onTestFinished(() => envoy.close());
    return envoy.ports.get("sluice")!;
  },
};

function clientOf(port: number): RawClient {
  const client = new RawClient(port);
  onTestFinished(() => {
    client.close();
  });
  return client;
}

const trailers = [
  "X-Checksum: 7",
  "X-Forwarded-For: 192.0.2.1",
  "x-forwarded-anything: 1",
  "X-Request-Id: forged",
  "X-Envoy-Original-Path: /admin",
  "Forwarded: for=192.0.2.1",
  "Via: 1.1 forged",
  "X-Real-Ip: 192.0.2.1",
  "Host: forged",
  "Authorization: forged",
];
const withTrailers =
  "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n" +
  `Trailer: X-Checksum\r\n\r\n1\r\nx\r\n0\r\n${trailers.join("\r\n")}\r\n\r\n`;

describe.each(Object.entries(engines))("on %s", (_engine, start) => {
  it("trailers of requests are dropped, and so is the field that announces them", async () => {
    const upstream = await messageUpstream();
    const port = await start({ upstream: upstream.url });
    expect(await clientOf(port).send(withTrailers).untilEnd()).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.requests).toEqual(["POST /a x"]);
    expect(upstream.trailers).toEqual([[]]);
    expect(upstream.headers[0]!.map((text) => text.toLowerCase())).not.toContain("trailer");
  });

  it("trailers of requests pass where they are allowed, without those that only proxies set", async () => {
    const upstream = await messageUpstream();
    const port = await start({ upstream: upstream.url, requestTrailers: "pass" });
    expect(await clientOf(port).send(withTrailers).untilEnd()).toMatch(/^HTTP\/1\.1 200 /);
    expect(upstream.trailers.map((list) => list.map((text) => text.toLowerCase()))).toEqual([["x-checksum", "7"]]);
  });

  it("a connection above the limit is closed at once, and there is room again when another one ends", async () => {
    const upstream = await messageUpstream();
    const port = await start({ upstream: upstream.url, connectionLimits: { connections: 2 } });
    const get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    const [first, second] = [clientOf(port), clientOf(port)];
    await Promise.all([first, second].map((client) => client.send(get).until("GET /a")));
    expect(await clientOf(port).untilEnd()).toBe("");
    first.close();
    await expect
      .poll(() => clientOf(port).send(get.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).untilEnd())
      .toMatch(/^HTTP\/1\.1 200 /);
  });

  it("a head has at most 1,000 fields", async () => {
    const upstream = await messageUpstream();
    const port = await start({ upstream: upstream.url });
    const head = (fields: number) =>
      `GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${"X-A: 1\r\n".repeat(fields - 2)}\r\n`;
    expect(await clientOf(port).send(head(1_000)).untilEnd()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await clientOf(port).send(head(1_001)).untilEnd()).toMatch(/^HTTP\/1\.1 431 /);
    expect(upstream.requests).toEqual(["GET /a"]);
  });

  it("a head has at most 60 KiB", async () => {
    const upstream = await messageUpstream();
    const port = await start({ upstream: upstream.url });
    const head = (bytes: number) => {
      const start = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Big: ";
      return `${start}${"b".repeat(bytes - start.length - 4)}\r\n\r\n`;
    };
    expect(await clientOf(port).send(head(61_440)).untilEnd()).toMatch(/^HTTP\/1\.1 200 /);
    expect(await clientOf(port).send(head(61_441)).untilEnd()).toMatch(/^HTTP\/1\.1 431 /);
    expect(upstream.requests).toEqual(["GET /a"]);
  });
});
