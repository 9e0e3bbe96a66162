import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const order = (body: string) => ({ method: "POST", headers: { "content-type": "application/json" }, body });

it("lets a complete order pass, unchanged", async () => {
  await using gateway = await testGateway({ policies: [policy] });
  const body = JSON.stringify({ article: "lamp", quantity: 2 });

  expect((await gateway.fetch("/orders", order(body))).status).toBe(200);
  expect(gateway.upstream.requests).toMatchObject([{ method: "POST", body }]);
});

it("tells what is wrong with an order, and the upstream sees nothing of it", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  const response = await gateway.fetch("/orders", order(JSON.stringify({ article: "", quantity: "2" })));

  expect(response.status).toBe(422);
  expect(await response.json()).toEqual({
    errors: [expect.stringMatching(/^article: /), expect.stringMatching(/^quantity: /)],
  });
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([
  ["no JSON", order("lamp"), 422],
  ["more than is allowed", order(JSON.stringify({ article: "lamp", quantity: 11 })), 422],
  ["another type", { method: "POST", headers: { "content-type": "text/plain" }, body: "lamp" }, 415],
])("refuses %s", async (_what, init, status) => {
  await using gateway = await testGateway({ policies: [policy], config: { maxQuantity: 10 } });

  expect((await gateway.fetch("/orders", init)).status).toBe(status);
});

it("lets requests without an order pass", async () => {
  await using gateway = await testGateway({ policies: [policy] });

  expect((await gateway.fetch("/orders")).status).toBe(200);
});
