import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const headers = { authorization: "Bearer abc", "x-user": "root" };

it("lets a request pass that the auth service knows, and says whose it is", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    upstreams: { auth: { headers: { "x-user": "ada" } } },
  });

  const response = await gateway.fetch("/orders", { headers });

  expect(response.status).toBe(200);
  expect(gateway.upstreams.auth.requests).toMatchObject([
    { path: "/verify", headers: { authorization: "Bearer abc" } },
  ]);
  expect(gateway.upstream.requests).toMatchObject([{ path: "/orders", headers: { "x-user": "ada" } }]);
});

it("refuses a request without a token, and asks nobody", async () => {
  await using gateway = await testGateway({ policies: [policy], upstreams: { auth: {} } });

  const response = await gateway.fetch("/orders");

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
  expect(gateway.upstreams.auth.requests).toEqual([]);
});

it("refuses a request that the auth service does not know", async () => {
  await using gateway = await testGateway({ policies: [policy], upstreams: { auth: { status: 401 } } });

  expect((await gateway.fetch("/orders", { headers })).status).toBe(403);
  expect(gateway.upstream.requests).toEqual([]);
});

it("lets nobody pass while the auth service does not answer", async () => {
  await using gateway = await testGateway({ policies: [policy], upstreams: { auth: { fail: "never" } } });

  const response = await gateway.fetch("/orders", { headers });

  expect(response.status).toBe(503);
  expect(response.exchange.durationMilliseconds).toBe(2_000);
  expect(response.exchange.log).toMatchObject([{ code: "UPSTREAM_TIMEOUT" }]);
});
