import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import spikeControl from "./policy.js";

it("lets requests go on one after the other", async () => {
  await using gateway = await testGateway({ policies: [spikeControl], config: { rate: { requests: 10 } } });

  const responses = await Promise.all([1, 2, 3].map(() => gateway.fetch("/")));

  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(gateway.upstream.requests).toHaveLength(3);
});

it("refuses at once whoever finds the queue full", async () => {
  const config = { rate: { requests: 1, periodMilliseconds: 2_500 }, maxQueue: 0 };
  await using gateway = await testGateway({ policies: [spikeControl], config });

  await gateway.fetch("/");
  const refused = await gateway.fetch("/");

  expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3"]);
  expect(await refused.json()).toMatchObject({
    type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
  });
});

it.each([
  ["192.0.2.1:4711", "192.0.2.1:4712", 429],
  ["192.0.2.1:4711", "192.0.2.2:4711", 200],
  ["[2001:db8::1]:80", "[2001:db8::2]:80", 429],
  ["[2001:db8::1]:80", "[2001:db8:0:1::1]:80", 200],
])("counts clients by their network: %s, then %s is %i", async (first, second, status) => {
  const config = { rate: { requests: 1, key: "client-address" }, maxQueue: 0 } as const;
  await using gateway = await testGateway({ policies: [spikeControl], config });

  await gateway.fetch("/", { client: { address: first } });

  expect((await gateway.fetch("/", { client: { address: second } })).status).toBe(status);
});

it("lets the next one in when a response is complete", async () => {
  const config = { concurrency: { limit: 1 }, maxQueue: 0 };
  await using gateway = await testGateway({ policies: [spikeControl], config });

  const statuses = [(await gateway.fetch("/")).status, (await gateway.fetch("/")).status];

  expect(statuses).toEqual([200, 200]);
});

it.each<[config: unknown, message: string]>([
  [{}, "expected rate, concurrency or both"],
  [{ rate: { requests: 0 } }, "config.rate.requests"],
  [{ rate: { requests: 1, key: "header" } }, "config.rate: expected header with key: header only"],
  [{ concurrency: { limit: 0 } }, "config.concurrency.limit"],
  [{ concurrency: { limit: 1 }, maxWaitMilliseconds: 12_001 }, "config.maxWaitMilliseconds"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [spikeControl], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
