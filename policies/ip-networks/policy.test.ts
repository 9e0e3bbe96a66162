import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import ipNetworks from "./policy.js";

it.each([
  ["127.0.0.1:4711", { allow: ["127.0.0.0/8"] }],
  ["[2001:db8::1]:4711", { allow: ["10.0.0.0/8", "2001:db8::/32"] }],
  ["[::ffff:10.0.0.1]:4711", { allow: ["10.0.0.0/8"] }],
  ["10.0.0.1:4711", { allow: ["::ffff:10.0.0.0/104"] }],
  ["192.0.2.7:4711", { deny: ["10.0.0.0/8"] }],
  ["10.0.0.7:0", { allow: ["10.0.0.7"] }],
])("lets %s pass with %j", async (address, config) => {
  await using gateway = await testGateway({ policies: [ipNetworks], config, client: { address } });

  expect((await gateway.fetch("/")).status).toBe(200);
});

it.each([
  ["192.0.2.7:4711", { allow: ["10.0.0.0/8"] }, "192.0.2.7"],
  ["192.0.2.7:4711", { allow: ["::/0"] }, "192.0.2.7"],
  ["10.66.0.1:4711", { allow: ["10.0.0.0/8"], deny: ["10.66.0.0/16"] }, "10.66.0.1"],
  ["[2001:db8::1]:4711", { deny: ["2001:db8::/32"] }, "2001:0db8:0000:0000:0000:0000:0000:0001"],
  ["somewhere", { deny: ["10.0.0.0/8"] }, "unreadable"],
])("refuses %s with %j, as client %s", async (address, config, client) => {
  await using gateway = await testGateway({ policies: [ipNetworks], config, client: { address } });

  const response = await gateway.fetch("/");

  expect(response.status).toBe(403);
  expect(response.exchange.log).toMatchObject([{ level: "info", message: "refused", client }]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([
  ["10.0.0.1:1", "192.0.2.9, 203.0.113.7", 1, 403],
  ["10.0.0.1:1", "192.0.2.9, 203.0.113.7", 2, 200],
  ["10.0.0.1:1", "192.0.2.9,[::ffff:203.0.113.7]:80", 1, 403],
  ["10.0.0.1:1", "192.0.2.9:4711", 1, 200],
  ["10.0.0.1:1", "192.0.2.9", 2, 403],
  ["10.0.0.1:1", "192.0.2.9, unknown", 1, 403],
  ["10.0.0.1:1", undefined, 1, 403],
  // No proxy that is trusted: the header counts for nothing.
  ["203.0.113.7:1", "192.0.2.9", 1, 403],
  ["192.0.2.9:1", "203.0.113.7", 1, 200],
])("over a connection of %s with x-real-client %j, hop %i: %i", async (address, forwarded, hop, status) => {
  const config = {
    allow: ["192.0.2.0/24"],
    forwardedFor: { header: "X-Real-Client", hop, trustedProxies: ["10.0.0.0/8"] },
  };
  await using gateway = await testGateway({ policies: [ipNetworks], config, client: { address } });

  const response = await gateway.fetch("/", forwarded === undefined ? {} : { headers: { "x-real-client": forwarded } });

  expect(response.status).toBe(status);
});

it.each<[config: unknown, message: string]>([
  [{}, "config: expected allow, deny or both"],
  [{ allow: [] }, "config.allow: expected at least one network"],
  [{ allow: ["10.0.0.0/33"] }, "config.allow[0]: expected at most /32"],
  [{ deny: ["10.0.0.1/8"] }, "config.deny[0]: has bits beyond /8"],
  [{ deny: ["localhost"] }, "config.deny[0]: expected a network"],
  [{ allow: ["::1"], forwardedFor: { header: "x-a" } }, "config.forwardedFor.trustedProxies"],
  [{ allow: ["::1"], forwardedFor: { header: "x-a", hop: 0, trustedProxies: ["::1"] } }, "config.forwardedFor.hop"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [ipNetworks], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
