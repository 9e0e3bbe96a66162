/** What is shown of a request that came over HTTP/2, where authority and path are no header fields (RFC 9113 section 8.3.1). */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { sendHttp2 } from "./support/http2-client.js";
import { startPolicies } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const file = fileURLToPath(new URL("../conformance/policies/sent-requests.ts", import.meta.url));
const came = "POST http true /state ?a=1 client.example in=7 op=null";
const left = "PUT http true /self ?a=1 edited.example in=null op=self";

describe.each([
  ["a request that was not changed is shown as it came", [], 200, came, "/state?a=1", "x-in"],
  ["a request that was changed is shown as it left", ["edit"], 200, left, "/self?a=1", "x-op"],
  ["a request whose body was read is shown as it left", ["edit", "gather"], 200, left, "/self?a=1", "x-op"],
  ["a request whose body is a stream is shown as it left", ["edit", "stream"], 200, left, "/self?a=1", "x-op"],
  ["a request that its filter answered is shown as it came", ["edit", "answer"], 418, came, undefined, "x-in"],
  ["a request whose filter failed is shown as it came", ["edit", "throw"], 500, came, undefined, "x-in"],
])("in Envoy, over HTTP/2, %s", (_name, acts, status, shown, path, names) => {
  let upstream: UpstreamServer;
  let envoy: RunningEnvoy;

  beforeAll(async () => {
    upstream = await startUpstream();
    envoy = await startPolicies({
      routeUpstream: "api",
      upstreams: [{ name: "api", address: "127.0.0.1", port: upstream.port }],
      policies: [{ name: "self", file, config: { acts } }],
    });
  });

  afterAll(async () => {
    await envoy?.close();
    await upstream?.close();
  });

  it("to the response filter and at the exchange's end", async () => {
    const headers = { ":method": "POST", ":path": "/state?a=1", ":authority": "client.example", "x-in": "7" };
    const response = await sendHttp2(envoy.port, { headers, body: "ask" });
    expect([response.status, response.headers["x-self-sent"]]).toEqual([status, shown]);
    await expect.poll(() => envoy.log.some((line) => line.includes(`self done: ${shown} ${names}`))).toBe(true);
    const host = acts.length === 0 ? "client.example" : "edited.example";
    expect(upstream.seen.map((request) => [request.path, request.headers.host])).toEqual(
      path === undefined ? [] : [[path, host]],
    );
  });
});
