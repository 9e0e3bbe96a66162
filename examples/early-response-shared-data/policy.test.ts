import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import bodyGuard from "../body-guard/policy.js";
import policy from "./policy.js";

const share = { policy, config: { mode: "share" } } as const;

it("gets the request filter's data when that continued", async () => {
  await using gateway = await testGateway({ policies: [share] });

  const response = await gateway.fetch("/seat/12");

  expect(response.headers.get("x-request-filter")).toBe("continue /seat/12");
});

it("sees its own early answer as a break", async () => {
  await using gateway = await testGateway({ policies: [share] });

  const response = await gateway.fetch("/seat/12", { headers: { "x-deny": "1" } });

  expect(response.status).toBe(403);
  expect(response.headers.get("x-request-filter")).toBe("break");
});

it("sees that another policy answered while its request filter awaited the body", async () => {
  const guard = { policy: bodyGuard, config: { forbidden: "secret" }, partialRequests: "allow" } as const;
  await using gateway = await testGateway({ policies: [guard, share] });

  const response = await gateway.fetch("/seat/12", { method: "POST", headers: { "x-await": "1" }, body: "a secret" });

  expect(response.status).toBe(403);
  expect(response.headers.get("x-request-filter")).toBe("cancelled");
});

it("lets nothing of a denied request reach the upstream when it holds the headers", async () => {
  await using gateway = await testGateway({
    policies: [{ policy, config: { mode: "hold-headers" }, partialRequests: "allow" }],
  });

  const response = await gateway.fetch("/seat/12", { method: "POST", body: ["this is ", "forbidden"] });

  expect(response.status).toBe(403);
  expect(gateway.upstream.requests).toEqual([]);
});

it("cannot send a response once it has the body", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { mode: "send-in-body-state" },
    upstream: new Response("original"),
  });

  const response = await gateway.fetch("/seat/12");

  expect(await response.text()).toBe("cannot send now");
  expect(response.exchange.log).toMatchObject([{ level: "warn", message: "cannot send now" }]);
});

it("can do nothing to a response that it has sent", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { mode: "touch-after-send" } });

  const response = await gateway.fetch("/seat/12");

  expect(response.status).toBe(299);
  expect(response.headers.has("x-late")).toBe(false);
  expect(response.exchange.log).toHaveLength(3);
});
