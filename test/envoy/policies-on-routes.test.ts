import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const mark = (name: string) => use("policies/mark.ts", { name, config: { name } });
const rewrite = use("policies/rewrite-target.ts", { name: "rewrite" });
const guard = use("../../examples/body-guard/policy.ts", { name: "guard", config: { forbidden: "secret" } });
const kibibyte = 1_024;

describe("policies on the routes of an Envoy", () => {
  let first: UpstreamServer;
  let second: UpstreamServer;
  let envoy: RunningEnvoy;
  const lines: string[] = [];
  const accesses: Record<string, unknown>[] = [];

  beforeAll(async () => {
    first = await startUpstream((_request, response) => response.end("first"));
    second = await startUpstream((_request, response) => response.end("second"));
    const upstreams = { first: `http://127.0.0.1:${first.port}`, second: `http://127.0.0.1:${second.port}` };
    const [route] = configOf(upstreams, [{}]).routes;
    const limits = (bodyBytes: number) => ({ ...route!.limits, bodyBytes });
    const config = configOf(upstreams, [
      { name: "forth", match: { pathPrefix: "/forth" }, policies: [mark("a"), mark("b")] },
      { name: "back", match: { pathPrefix: "/back" }, policies: [mark("b"), mark("a")] },
      { name: "bare", match: { pathPrefix: "/bare" } },
      {
        name: "rewriting",
        match: { pathPrefix: "/rewriting", methods: ["GET"] },
        policies: [mark("before"), rewrite, mark("after")],
      },
      { name: "elsewhere", match: { pathPrefix: "/elsewhere" }, upstream: "second", policies: [mark("elsewhere")] },
      { name: "host", match: { host: "second.test" }, upstream: "second" },
      { name: "small", match: { pathPrefix: "/small" }, policies: [guard], limits: limits(kibibyte) },
      { name: "large", match: { pathPrefix: "/large" }, policies: [guard], limits: limits(512 * kibibyte) },
    ]);
    envoy = await startConfig(config, {
      oneFilter: true,
      onLine: ({ policy }) => {
        if (policy !== undefined) {
          lines.push(`${policy.name}: ${policy.line}`);
        }
      },
      onAccess: (line) => accesses.push(JSON.parse(line) as Record<string, unknown>),
    });
  });

  beforeEach(() => {
    first.seen.length = 0;
    second.seen.length = 0;
  });

  afterAll(async () => {
    await envoy?.close();
    await first?.close();
    await second?.close();
  });

  it("run in the order of their route, each with its own configuration", async () => {
    await send(envoy.port, { path: "/forth" });
    await send(envoy.port, { path: "/back" });
    expect(first.seen.map(({ headers }) => headers["x-marks"])).toEqual(["a, b", "b, a"]);
  });

  it("do not run on a route that does not name them", async () => {
    await send(envoy.port, { path: "/bare" });
    expect(first.seen[0]!.headers).not.toHaveProperty("x-marks");
  });

  it("share the state of their module, as on the embedded gateway", async () => {
    await send(envoy.port, { path: "/forth" });
    await send(envoy.port, { path: "/back" });
    const [forth, back] = first.seen.map(({ headers }) => Number(headers["x-requests"]));
    expect(back! - forth!).toBe(2);
  });

  it.each([
    ["the path", { "x-rewrite-path": "/elsewhere/x?y=1" }, { path: "/elsewhere/x?y=1" }],
    ["the path to where no route is", { "x-rewrite-path": "/none" }, { path: "/none" }],
    ["the host", { "x-rewrite-authority": "second.test" }, { headers: { host: "second.test" } }],
    ["the method", { "x-rewrite-method": "PUT" }, { method: "PUT" }],
  ])("may change %s, and the request still takes the route that it was matched to", async (_what, headers, seen) => {
    const response = await send(envoy.port, { path: "/rewriting", headers });
    expect(response.body).toBe("first");
    expect(second.seen).toEqual([]);
    expect(first.seen).toMatchObject([seen]);
    expect(first.seen[0]!.headers["x-marks"]).toBe("before, after");
  });

  it("change nothing of what the access log says about the client's request", async () => {
    accesses.length = 0;
    await send(envoy.port, {
      path: "/rewriting?token=x",
      headers: { "x-rewrite-path": "/elsewhere", "x-rewrite-method": "PUT", "x-request-id": "log-1" },
    });
    await expect
      .poll(() => accesses.find(({ request }) => request === "log-1"), { timeout: 20_000 })
      .toMatchObject({
        msg: "exchange",
        method: "GET",
        path: "/rewriting",
        route: "rewriting",
        status: 200,
        details: "via_upstream",
        responseBytes: 5,
      });
  });

  it("gather bodies up to the limit of their route, and not a byte more", async () => {
    const statusOf = async (path: string, bytes: number) =>
      (await send(envoy.port, { method: "POST", path, body: "x".repeat(bytes) })).status;
    expect(await statusOf("/small", kibibyte)).toBe(200);
    expect(await statusOf("/small", kibibyte + 1)).toBe(413);
    expect(await statusOf("/large", 512 * kibibyte)).toBe(200);
    expect(await statusOf("/large", 512 * kibibyte + 1)).toBe(413);
  });

  it("log with the name of their use", async () => {
    await send(envoy.port, { method: "POST", path: "/small", body: "x".repeat(kibibyte + 1) });
    await expect
      .poll(() => lines, { timeout: 20_000 })
      .toContainEqual(expect.stringMatching(/^guard: \{.*"policy":"guard".*BODY_TOO_LARGE/));
  });
});
