import { testGateway, type UpstreamScript } from "sluice/testing";
import { expect, it } from "vitest";
import tokenIntrospection from "./policy.js";

const config = { upstream: "login", clientId: "gateway", clientSecret: "the-secret" };
const start = (login: UpstreamScript, more: object = {}) =>
  testGateway({ policies: [tokenIntrospection], config: { ...config, ...more }, upstreams: { login } });
const withToken = { headers: { authorization: "Bearer the-token" } };

it("says whose token it is", async () => {
  const claims = { active: true, sub: "ada", client_id: "shop", scope: "read write" };
  await using gateway = await start(Response.json(claims));

  const response = await gateway.fetch("/", withToken);

  expect(response.exchange.authentication).toEqual({
    principal: "ada",
    clientId: "shop",
    properties: { scopes: ["read", "write"], claims },
  });
});

it("gives each worker a memory of its own, and asks once in each", async () => {
  await using gateway = await testGateway({
    policies: [tokenIntrospection],
    config,
    upstreams: { login: Response.json({ active: true }) },
    workers: 2,
  });

  for (const worker of [0, 1, 0, 1]) {
    expect((await gateway.fetch("/", { ...withToken, worker })).status).toBe(200);
  }
  expect(gateway.upstreams.login.requests).toHaveLength(2);
});

it.each<[what: string, login: UpstreamScript]>([
  ["is away", { fail: "refused" }],
  ["breaks off", { fail: "reset" }],
  ["is silent", { fail: "never" }],
  ["refuses the gateway", { status: 401, body: "the-secret is wrong for the-token" }],
  ["lies about its length", { status: 200, headers: { "content-type": "application/json" }, body: "the-token" }],
  ["redirects", { status: 307, headers: { location: "/other" } }],
])("logs neither token nor secret where the server %s", async (_what, login) => {
  await using gateway = await start(login);

  const response = await gateway.fetch("/", withToken);

  expect([response.status, await response.text()]).toEqual([503, ""]);
  expect(gateway.upstream.requests).toEqual([]);
  expect(JSON.stringify(gateway.log)).toContain("INTROSPECTION_");
  expect(JSON.stringify(gateway.log)).not.toMatch(/the-token|the-secret/);
});

it.each<[more: object, message: string]>([
  [{ clientSecret: undefined }, "expected clientId with clientSecret or privateKey, or authorization"],
  [{ clientId: undefined }, "expected clientId with clientSecret or privateKey, or authorization"],
  [{ authorization: "Bearer a" }, "expected clientId with clientSecret or privateKey, or authorization"],
  [
    { privateKey: { key: "k", algorithm: "ES256", audience: "a" } },
    "expected clientId with clientSecret or privateKey, or authorization",
  ],
  [{ clientAuthentication: "none" }, "config.clientAuthentication"],
  [{ path: "introspect" }, "config.path: expected a path"],
  [{ timeout: "0s" }, "config.timeout"],
  [{ cacheTtl: "soon" }, "config.cacheTtl"],
  [{ audience: [] }, "config.audience"],
  [{ scopes: ["a b"] }, "config.scopes[0]: expected a scope"],
  [{ scopeMatch: "some" }, "config.scopeMatch"],
  [{ token: {} }, "config.token: expected one of header, cookie and query"],
  [{ headers: { "content-length": "sub" } }, "expected a header that is not the gateway's own"],
  [{ realm: "a\\b" }, "config.realm"],
  [{ metadata: { resource: "orders", authorizationServers: ["https://a.test"] } }, "config.metadata.resource"],
  [{ statusOnError: 200 }, "config.statusOnError"],
  [{ unknown: 1 }, "unknown"],
])("does not start with %j", async (more, message) => {
  const refusal: unknown = await start({}, more).catch((error: unknown) => error);

  expect(refusal).toMatchObject({ code: "CONFIG_REFUSED", message: expect.stringContaining(message) });
  expect((refusal as Error).message).not.toContain("the-secret");
});
