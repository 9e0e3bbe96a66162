import { byHand, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import bodyGuard from "./policy.js";

const config = { forbidden: "secret" };

it("passes a harmless body on", async () => {
  await using gateway = await testGateway({ policies: [bodyGuard], config });

  const response = await gateway.fetch("/", { method: "POST", body: "good morning" });

  expect(response.status).toBe(200);
  expect(gateway.upstream.requests).toMatchObject([{ body: "good morning", complete: true }]);
});

it("passes a request without a body on", async () => {
  await using gateway = await testGateway({ policies: [bodyGuard], config });

  expect((await gateway.fetch("/")).status).toBe(200);
});

it("refuses a body with the forbidden word, and the upstream sees nothing of it", async () => {
  await using gateway = await testGateway({ policies: [bodyGuard], config });

  const response = await gateway.fetch("/", { method: "POST", body: ["this is no se", "cret"] });

  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ error: "forbidden content" });
  expect(gateway.upstream.requests).toEqual([]);
});

it("with partialRequests: allow, the upstream sees a refused request begin and break off", async () => {
  await using gateway = await testGateway({ policies: [{ policy: bodyGuard, config, partialRequests: "allow" }] });
  const exchange = await gateway.open("/", { method: "POST", body: byHand });
  await exchange.send("this is no ");
  expect(gateway.upstream.requests).toMatchObject([{ complete: false, broken: false }]);
  await exchange.end("secret");

  const response = await exchange.response();

  expect(response.status).toBe(403);
  expect(gateway.upstream.requests).toMatchObject([{ complete: false, broken: true }]);
  expect(gateway.upstream.requests[0]?.body).not.toContain("secret");
  expect(response.exchange.partialRequestBy).toBe("body-guard");
});

it("refuses a body over the limit with 413", async () => {
  await using gateway = await testGateway({ policies: [bodyGuard], config });

  expect((await gateway.fetch("/", { method: "POST", body: "a".repeat(1_048_577) })).status).toBe(413);
});
