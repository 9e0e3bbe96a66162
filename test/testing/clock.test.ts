import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import askAuth from "./policies/ask-auth.js";
import digest from "./policies/digest.js";
import heartbeat from "./policies/heartbeat.js";
import neverDecides from "./policies/never-decides.js";
import sleep from "./policies/sleep.js";
import tellTime from "./policies/tell-time.js";

const held = { policy: sleep, config: { milliseconds: 5_000 } };

it("lets time pass while a whole exchange is awaited", async () => {
  await using gateway = await testGateway({ policies: [held] });
  const before = gateway.clock.now();

  const { exchange } = await gateway.fetch("/");

  expect([exchange.durationMilliseconds, gateway.clock.now() - before]).toEqual([5_000, 5_000]);
});

it("stands still while an exchange goes on step by step", async () => {
  await using gateway = await testGateway({ policies: [held] });
  const exchange = await gateway.open("/");

  await gateway.clock.advance("4999ms");
  expect([exchange.over, gateway.upstream.requests.length]).toEqual([false, 0]);
  await gateway.clock.advance(1);
  expect([exchange.over, gateway.upstream.requests.length]).toEqual([true, 1]);
});

it("begins when the test says, for all that tells the time in a policy", async () => {
  await using gateway = await testGateway({ policies: [tellTime], now: "2030-02-03T04:05:06Z" });
  await gateway.clock.advance("2s");

  const { headers } = await gateway.fetch("/");

  expect([headers.get("x-date"), headers.get("x-same"), headers.get("x-since-load")]).toEqual([
    "2030-02-03T04:05:08.000Z",
    "true",
    "2000",
  ]);
});

it("runs what policies do in the background", async () => {
  await using gateway = await testGateway({ policies: [heartbeat], upstreams: { monitor: {} } });

  await gateway.clock.advance("10s");

  expect(gateway.upstreams.monitor.requests).toHaveLength(10);
});

it("waits for cryptography, which takes real time", async () => {
  await using gateway = await testGateway({ policies: [digest] });

  await gateway.fetch("/room");

  expect(gateway.upstream.requests[0]?.headers["x-hash"]).toBe("1f161376");
});

it("ends a test that waits for ever, and says who awaits what", async () => {
  await using gateway = await testGateway({
    policies: [neverDecides],
    limits: { upstreamResponseMilliseconds: 1_000 },
  });
  const exchange = await gateway.open("/room");
  expect(exchange.over).toBe(false);

  const { status, exchange: record } = await exchange.response();
  expect([status, record.log.at(-1)?.message]).toEqual([500, expect.stringContaining("FILTER_TIMEOUT")]);
});

it("ends a test whose upstream's function does not return", async () => {
  await using gateway = await testGateway({
    policies: [askAuth],
    upstreams: { auth: () => new Promise(() => undefined) },
  });
  const exchange = await gateway.open("/room");

  await expect(exchange.response()).rejects.toMatchObject({
    code: "TEST_STUCK",
    message: expect.stringContaining("has not returned for 5 s") as string,
  });
  await exchange.drop();
});
