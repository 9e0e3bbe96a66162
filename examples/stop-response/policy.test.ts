import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("replaces status, headers and body", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    upstream: { status: 503, headers: { "x-origin": "upstream" }, body: "closed" },
  });

  const response = await gateway.fetch("/shop");

  expect(response.status).toBe(200);
  expect(response.headers.get("some")).toBe("200");
  expect(response.headers.get("x-origin")).toBeNull();
  expect(await response.text()).toBe("Some");
  expect(gateway.upstream.requests).toMatchObject([{ path: "/shop" }]);
});

it("gives a body to a response that had none", async () => {
  await using gateway = await testGateway({ policies: [policy], upstream: { status: 204 } });

  const response = await gateway.fetch("/shop");

  expect(response.status).toBe(200);
  expect(await response.text()).toBe("Some");
});

it("keeps the answer to HEAD without a body", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/shop", { method: "HEAD" });

  expect(response.headers.get("some")).toBe("200");
  expect(await response.text()).toBe("");
});
