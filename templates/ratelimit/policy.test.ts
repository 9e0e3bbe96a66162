import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

const config = { requests: 2, windowSeconds: 60 };

it("refuses what is more than the limit, and says when to come back", async () => {
  await using gateway = await testGateway({ policies: [policy], config });
  await gateway.clock.advance("15s");

  const responses = [await gateway.fetch("/"), await gateway.fetch("/"), await gateway.fetch("/")];

  expect(responses.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(responses[2]?.headers.get("retry-after")).toBe("45");
  expect(gateway.upstream.requests).toHaveLength(2);
});

it("counts anew in the next window", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { ...config, requests: 1 } });

  expect((await gateway.fetch("/")).status).toBe(200);
  expect((await gateway.fetch("/")).status).toBe(429);
  await gateway.clock.advance("60s");
  expect((await gateway.fetch("/")).status).toBe(200);
});

it("counts every client for itself, whatever port it comes from", async () => {
  await using gateway = await testGateway({ policies: [policy], config: { ...config, requests: 1 } });
  const from = async (address: string) => (await gateway.fetch("/", { client: { address } })).status;

  expect(await from("192.0.2.1:1000")).toBe(200);
  expect(await from("192.0.2.2:1000")).toBe(200);
  expect(await from("192.0.2.1:1001")).toBe(429);
});
