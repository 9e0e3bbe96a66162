import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("passes a request with a token on, unchanged", async () => {
  await using gateway = await testGateway({ policies: [policy], upstream: new Response("come in") });

  const response = await gateway.fetch("/room?n=4", { headers: { authorization: "Bearer abc" } });

  expect(await response.text()).toBe("come in");
  expect(gateway.upstream.requests).toMatchObject([{ path: "/room?n=4", headers: { authorization: "Bearer abc" } }]);
});

it("refuses a request without a token", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/room");

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="oauth2"');
  expect(await response.json()).toEqual({ error: "token was not present" });
});

it("lets nothing of a refused request reach the upstream", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/room", { method: "POST", body: "first night free" });

  expect(response.status).toBe(401);
  expect(gateway.upstream.requests).toEqual([]);
});

it("names the configured realm", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { realm: "rooms" } });

  const response = await gateway.fetch("/room");

  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="rooms"');
});
