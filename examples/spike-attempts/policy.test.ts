import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("lets so many requests pass at once, and refuses the next", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { requests: 2, millis: 1_000, maxAttempts: 0, delay: 0 },
  });

  const responses = await Promise.all([1, 2, 3].map(() => gateway.fetch("/gate")));

  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(gateway.upstream.requests).toHaveLength(2);
});

it("holds a request until an attempt finds room, its body included", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { requests: 1, millis: 1_000, maxAttempts: 4, delay: 400 },
  });
  await gateway.fetch("/gate");

  const held = await gateway.fetch("/gate", { method: "POST", body: ["part-1;", "part-2"] });

  expect(held.status).toBe(200);
  expect(held.exchange.durationMilliseconds).toBe(1_200);
  expect(gateway.upstream.requests[1]?.body).toBe("part-1;part-2");
});

it("refuses a request after the last attempt", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    config: { requests: 1, millis: 20_000, maxAttempts: 2, delay: 500 },
  });
  await gateway.fetch("/gate");

  const refused = await gateway.fetch("/gate");

  expect(refused.status).toBe(429);
  expect(refused.exchange.durationMilliseconds).toBe(1_000);
});
