import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { startPolicies } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const file = fileURLToPath(new URL("./policies/ask-then-rewrite.ts", import.meta.url));
const bufferLimitBytes = 65_536;
const large = "z".repeat(300_000);

describe("a head held while the policy awaits a call, in Envoy", () => {
  let upstream: UpstreamServer;
  let auth: UpstreamServer;
  let envoy: RunningEnvoy;
  /** What the upstream had seen when the policy's call arrived. */
  let seenAtCall: number[] = [];
  let verdict = 200;

  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => response.end("done"));
    auth = await startUpstream((_request, response) => {
      // Long enough for a body that is not held back to get through.
      setTimeout(() => {
        seenAtCall.push(upstream.seen.length);
        response.writeHead(verdict).end();
      }, 100);
    });
    envoy = await startPolicies({
      routeUpstream: "api",
      bufferLimitBytes,
      upstreams: [
        { name: "api", address: "127.0.0.1", port: upstream.port },
        { name: "auth", address: "127.0.0.1", port: auth.port },
      ],
      policies: [{ name: "ask-then-rewrite", file, partialRequests: "prevent" }],
    });
  });

  beforeEach(() => {
    upstream.seen.length = 0;
    seenAtCall = [];
    verdict = 200;
  });

  afterAll(async () => {
    await envoy?.close();
    await auth?.close();
    await upstream?.close();
  });

  it("passes a body larger than the buffer on when the filter lets go, and not before", async () => {
    const response = await send(envoy.port, { method: "POST", body: large });
    expect(response.status).toBe(200);
    expect(seenAtCall).toEqual([0]);
    expect(upstream.seen).toHaveLength(1);
    expect(upstream.seen[0]).toMatchObject({ complete: true, headers: { "content-length": "300000" } });
    expect(upstream.seen[0]!.body.toString()).toBe(large);
  });

  it("never lets the upstream see a request with a large body that is denied", async () => {
    verdict = 403;
    const response = await send(envoy.port, { method: "POST", body: large });
    expect(response).toMatchObject({ status: 403, body: "denied by auth" });
    expect(upstream.seen).toEqual([]);
  });

  it("gives head and body to a filter that gathers after the call", async () => {
    const response = await send(envoy.port, {
      method: "POST",
      headers: { "x-rewrite": "1" },
      body: "z".repeat(60_000),
    });
    expect(response.status).toBe(200);
    expect(seenAtCall).toEqual([0]);
    expect(upstream.seen).toHaveLength(1);
    expect(upstream.seen[0]!.body.toString()).toBe("rewritten:60000");
    expect(upstream.seen[0]!.headers).toMatchObject({ "x-body-bytes": "60000", "content-length": "15" });
  });

  it("answers 413 when a gathered body does not fit, without a partial request", async () => {
    const response = await send(envoy.port, { method: "POST", headers: { "x-rewrite": "1" }, body: large });
    expect(response.status).toBe(413);
    expect(upstream.seen).toEqual([]);
  });

  it("holds a request without a body", async () => {
    const response = await send(envoy.port);
    expect(response).toMatchObject({ status: 200, body: "done" });
    expect(seenAtCall).toEqual([0]);
  });
});
