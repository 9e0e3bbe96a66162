import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { defaultLimits } from "../../src/host/exchange.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";

/** Longer than `upstreamResponse`, shorter than `streamIdle`. */
const pause = 600;

describe("time limits in Envoy", () => {
  let envoy: RunningEnvoy;
  const upstream = createServer((request, response) => {
    if (request.url === "/silent") {
      return;
    }
    if (request.url === "/late") {
      setTimeout(() => response.end("at last"), pause);
      return;
    }
    response.write("begin");
    // The pauses of the test "slow" add up to more than every limit.
    const parts = request.url === "/slow" ? 4 : 0;
    const next = (count: number): void => {
      if (count === 0) {
        if (request.url === "/slow") {
          response.end("end");
        }
        return;
      }
      setTimeout(() => {
        response.write(".");
        next(count - 1);
      }, pause);
    };
    next(parts);
  });

  beforeAll(async () => {
    upstream.listen(0, "127.0.0.1");
    await once(upstream, "listening");
    const limits = {
      ...defaultLimits,
      bodyBytes: 1_024,
      upstreamResponseMilliseconds: 300,
      streamIdleMilliseconds: 1_500,
    };
    const patient = { ...use("../../examples/mcp-support-policy/policy.ts"), name: "patient" };
    const config = configOf({ api: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` }, [
      { limits },
      { limits, match: { host: "patient" }, policies: [patient] },
    ]);
    const timeouts = { ...config.listener.timeouts, requestHeadersMilliseconds: 300, keepAliveMilliseconds: 300 };
    envoy = await startConfig({ ...config, listener: { ...config.listener, timeouts } });
  });

  afterAll(async () => {
    await envoy?.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  it("answer 504 without a body when the upstream's response does not begin in time", async () => {
    expect(await send(envoy.port, { path: "/silent" })).toMatchObject({ status: 504, body: "" });
  });

  it("do not hold for a response whose limit a policy has taken off", async () => {
    expect(await send(envoy.port, { path: "/late", headers: { host: "patient" } })).toMatchObject({
      status: 200,
      body: "at last",
    });
    expect((await send(envoy.port, { path: "/late", headers: { "x-envoy-upstream-rq-timeout-ms": "0" } })).status).toBe(
      504,
    );
  });

  it("let a response that has begun in time take as long as it moves", async () => {
    expect(await send(envoy.port, { path: "/slow" })).toMatchObject({ status: 200, body: "begin....end" });
  });

  it("break a response off that moves no more", async () => {
    await expect(send(envoy.port, { path: "/stops" })).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });

  it("do not count the time that a request takes to arrive as the upstream's", async () => {
    const socket = connect(envoy.port, "127.0.0.1");
    socket.write("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n1");
    setTimeout(() => socket.write("2"), pause);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("answer 408 when a request's head or body stops", async () => {
    const head = connect(envoy.port, "127.0.0.1");
    head.write("GET /slow HTTP/1.1\r\nHost: a\r\n");
    expect(await textOf(head)).toMatch(/^HTTP\/1\.1 408 /);
    const body = connect(envoy.port, "127.0.0.1");
    body.write("POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1");
    expect(await textOf(body)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("close a connection that is idle", async () => {
    const socket = connect(envoy.port, "127.0.0.1");
    expect(await textOf(socket)).toBe("");
  });
});

/** What comes until the other side closes. */
async function textOf(socket: NodeJS.ReadableStream): Promise<string> {
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
  }
  return text;
}
