import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { startPolicies } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const file = fileURLToPath(new URL("../../examples/stop-request/policy.ts", import.meta.url));

describe("a compiled policy in Envoy", () => {
  let upstream: UpstreamServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startUpstream((_request, response) => response.end("from the upstream"));
    envoy = await startPolicies({
      routeUpstream: "api",
      upstreams: [{ name: "api", address: "127.0.0.1", port: upstream.port }],
      policies: [{ name: "stop-request", file, config: { realm: "oauth2" } }],
    });
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it("answers a request that it denies", async () => {
    const before = upstream.seen.length;
    const response = await send(envoy.port);
    expect(response.status).toBe(401);
    expect(response.headers["www-authenticate"]).toBe('Bearer realm="oauth2"');
    expect(response.body).toBe('{ "error": "token was not present"}');
    expect(upstream.seen.length).toBe(before);
  });

  it("lets a request pass", async () => {
    const response = await send(envoy.port, { headers: { authorization: "Bearer abc" } });
    expect(response.status).toBe(200);
    expect(response.body).toBe("from the upstream");
  });
});
