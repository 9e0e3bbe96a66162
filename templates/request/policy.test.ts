import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("tells the upstream which client a request comes from", async () => {
  await using gateway = await testGateway({ policies: [policy], upstream: new Response("hello") });

  const response = await gateway.fetch("/orders", { headers: { "x-api-key": "acme" } });

  expect(response.status).toBe(200);
  expect(await response.text()).toBe("hello");
  expect(gateway.upstream.requests[0]?.headers).toMatchObject({ "x-client": "acme" });
  expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-api-key");
});

it("refuses a request without a key, and the upstream sees nothing of it", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/orders");

  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({ error: "the header x-api-key is missing" });
  expect(gateway.upstream.requests).toEqual([]);
});

it("looks at the configured header", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { header: "x-client-id" } });

  expect((await gateway.fetch("/", { headers: { "x-client-id": "acme" } })).status).toBe(200);
  expect((await gateway.fetch("/", { headers: { "x-api-key": "acme" } })).status).toBe(401);
});
