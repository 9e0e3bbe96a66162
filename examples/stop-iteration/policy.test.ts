import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const both = { modifyRequest: true, modifyResponse: true, bodyPrefix: "P" };

it("changes headers and bodies of both directions together", async () => {
  await using gateway = await testGateway({ policies: [policy], config: both, upstream: new Response("reply") });

  const response = await gateway.fetch("/echo", { method: "PUT", body: "ask" });

  expect(gateway.upstream.requests).toMatchObject([
    { headers: { "x-original-method": "PUT", "content-length": "5" }, body: "P-ask" },
  ]);
  expect(response.headers.get("x-stop-iteration")).toBe("response-modified");
  expect(response.headers.get("content-length")).toBe("7");
  expect(await response.text()).toBe("P:reply");
});

it("gives messages without a body the header only", async () => {
  await using gateway = await testGateway({ policies: [policy], config: both, upstream: { status: 204 } });

  const response = await gateway.fetch("/echo", { headers: { "x-original-method": "DELETE" } });

  expect(gateway.upstream.requests).toMatchObject([{ headers: { "x-original-method": "GET" }, body: "" }]);
  expect(response.headers.get("x-stop-iteration")).toBe("response-modified");
});

it("changes nothing unless it is told to", async () => {
  await using gateway = await testGateway({ policies: [policy], upstream: new Response("reply") });

  const response = await gateway.fetch("/echo", { method: "POST", body: "ask" });

  expect(gateway.upstream.requests).toMatchObject([{ body: "ask" }]);
  expect(response.headers.has("x-stop-iteration")).toBe(false);
  expect(await response.text()).toBe("reply");
});
