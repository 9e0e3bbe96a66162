import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("adds security headers, and leaves the rest as it is", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    upstream: new Response("hello", { headers: { "x-powered-by": "php", etag: '"1"' } }),
  });

  const response = await gateway.fetch("/");

  expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.has("x-powered-by")).toBe(false);
  expect(response.headers.get("etag")).toBe('"1"');
  expect(await response.text()).toBe("hello");
});

it("hides what a failing upstream says, and logs that it failed", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    upstream: new Response("at db.connect (orders.js:12)", { status: 503 }),
  });

  const response = await gateway.fetch("/");

  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ error: "something went wrong" });
  expect(response.exchange.log).toMatchObject([{ message: "the upstream failed", status: 503 }]);
});

it("takes the age from the configuration", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { maxAgeSeconds: 60 } });

  expect((await gateway.fetch("/")).headers.get("strict-transport-security")).toBe("max-age=60");
});
