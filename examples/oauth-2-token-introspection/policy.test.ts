import { testGateway, type UpstreamScript } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const start = (auth: UpstreamScript, config: object = {}) =>
  testGateway({
    policies: [policy],
    config: { introspectionService: "auth", introspectionPath: "/check", authorizationValue: "Basic Zzpw", ...config },
    upstreams: { auth },
  });
const withToken = { headers: { authorization: "Bearer the-token" } };

it("asks once for a token that is active", async () => {
  await using gateway = await start(Response.json({ active: true }));

  const answers = await Promise.all([1, 2, 3].map(() => gateway.fetch("/", withToken)));

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(gateway.upstreams.auth.requests).toMatchObject([
    { method: "POST", path: "/check", headers: { authorization: "Basic Zzpw" }, body: "token=the-token" },
  ]);
});

it("lets nobody say what only the service may", async () => {
  await using gateway = await start(Response.json({ active: true, sub: "Zoë", "bad name\n": 1, line: "a\nb" }), {
    exposeHeaders: true,
  });

  await gateway.fetch("/", { headers: { ...withToken.headers, "X-AGW-Role": "admin", "x-agw-sub": "root" } });

  const { headers } = gateway.upstream.requests[0]!;
  expect(Object.entries(headers).filter(([name]) => name.startsWith("x-agw-"))).toEqual([
    ["x-agw-active", "true"],
    ["x-agw-sub", Buffer.from("Zoë").toString("latin1")],
  ]);
});

it("logs neither token nor credentials where the service fails", async () => {
  await using gateway = await start({ fail: "reset" });

  expect((await gateway.fetch("/", withToken)).status).toBe(401);
  expect(JSON.stringify(gateway.log)).toContain("INTROSPECTION_UNAVAILABLE");
  expect(JSON.stringify(gateway.log)).not.toMatch(/the-token|Zzpw/);
});
