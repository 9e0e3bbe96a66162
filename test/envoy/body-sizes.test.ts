/** Bodies at the bounds of what a policy may gather and of what it may set, over both protocols of clients. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { sendHttp2 } from "./support/http2-client.js";
import { startPolicies } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const policy = (name: string) => fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
const mebibyte = 1_048_576;

/** What came of a POST whose body has `sent` bytes. */
interface Outcome {
  status: number;
  body: string;
  /** The error code of HTTP/2 with which it ended. */
  reset?: number;
}

const protocols: Record<string, (port: number, headers: Record<string, string>, sent: number) => Promise<Outcome>> = {
  "HTTP/1.1": (port, headers, sent) => send(port, { method: "POST", headers, body: Buffer.alloc(sent, "a") }),
  "HTTP/2": (port, headers, sent) =>
    sendHttp2(port, { headers: { ":method": "POST", ...headers }, body: Buffer.alloc(sent, "a") }),
};

describe.each(Object.entries(protocols))("in Envoy, over %s,", (_name, post) => {
  let upstream: UpstreamServer;
  let envoy: RunningEnvoy;
  let logBefore = 0;

  beforeAll(async () => {
    upstream = await startUpstream(({ headers }, response) => {
      const resize = headers["x-response-resize"];
      response.writeHead(200, resize === undefined ? {} : { "x-resize": resize });
      response.end(Buffer.alloc(Number(headers["x-answer"] ?? 2), "b"));
    });
    envoy = await startPolicies({
      routeUpstream: "api",
      upstreams: [{ name: "api", address: "127.0.0.1", port: upstream.port }],
      policies: [{ name: "resize", file: policy("resize") }],
    });
  });

  beforeEach(() => {
    upstream.seen.length = 0;
    logBefore = envoy.log.length;
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  const logged = (text: string) => envoy.log.slice(logBefore).filter((line) => line.includes(text)).length;

  it("a request's body may be set to twice the limit of gathered ones, and to no byte more", async () => {
    expect((await post(envoy.port, { "x-resize": String(2 * mebibyte) }, 10)).status).toBe(200);
    expect(upstream.seen.map(({ body }) => body.length)).toEqual([2 * mebibyte]);
    expect((await post(envoy.port, { "x-resize": String(2 * mebibyte + 1) }, 10)).status).toBe(500);
    expect(upstream.seen).toHaveLength(1);
    await expect.poll(() => logged("SET_BODY_TOO_LARGE")).toBe(1);
  });

  it("a response's body may be set to twice the limit of gathered ones, and to no byte more", async () => {
    const whole = await post(envoy.port, { "x-response-resize": String(2 * mebibyte) }, 1);
    expect([whole.status, whole.body.length]).toEqual([200, 2 * mebibyte]);
    expect((await post(envoy.port, { "x-response-resize": String(2 * mebibyte + 1) }, 1)).status).toBe(500);
    await expect.poll(() => logged("SET_BODY_TOO_LARGE")).toBe(1);
  });

  it("a request over the limit is answered by the policy, and logged once, however far it is over", async () => {
    expect((await post(envoy.port, {}, mebibyte)).status).toBe(200);
    for (const over of [1, 100_000, 8 * mebibyte]) {
      expect((await post(envoy.port, {}, mebibyte + over)).status).toBe(413);
    }
    expect(upstream.seen).toHaveLength(1);
    await expect.poll(() => logged("BODY_TOO_LARGE: the request's body is larger than 1048576 bytes")).toBe(3);
  });

  it("a response over the limit is answered by the policy, and logged once, however far it is over", async () => {
    const answer = (bytes: number) => post(envoy.port, { "x-answer": String(bytes) }, 1);
    expect((await answer(mebibyte)).status).toBe(200);
    for (const over of [1, 100_000, 8 * mebibyte]) {
      expect(await answer(mebibyte + over)).toMatchObject({ status: 500, body: "Internal Server Error\n" });
    }
    await expect.poll(() => logged("BODY_TOO_LARGE: the response's body is larger than 1048576 bytes")).toBe(3);
  });
});

describe("in Envoy a policy that transforms a body and awaits something meanwhile", () => {
  let upstream: UpstreamServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => response.end(Buffer.alloc(8 * mebibyte, "b")));
    envoy = await startPolicies({
      routeUpstream: "api",
      upstreams: [{ name: "api", address: "127.0.0.1", port: upstream.port }],
      policies: [{ name: "slow-transform", file: policy("slow-transform") }],
    });
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it.each(Object.entries(protocols))(
    "never ends a response over %s as if it were whole, and logs why",
    async (_name, post) => {
      const logBefore = envoy.log.length;
      const cut = await post(envoy.port, {}, 1).then(
        ({ status, body, reset = 0 }) => status !== 200 || (body.length < 8 * mebibyte && reset !== 0),
        () => true,
      );
      expect(cut).toBe(true);
      await expect
        .poll(() => envoy.log.slice(logBefore).filter((line) => line.includes("BODY_TOO_LARGE: the response's body")))
        .toHaveLength(1);
    },
  );
});
