import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import clientNetworks from "./policy.js";

it.each([
  ["127.0.0.1:4711", ["127.0.0.0/8"]],
  ["[2001:db8::1]:4711", ["10.0.0.0/8", "2001:db8::/32"]],
  ["[::ffff:10.0.0.1]:4711", ["10.0.0.0/8"]],
  ["[::ffff:10.0.0.1]:4711", ["::ffff:10.0.0.0/104"]],
  ["10.0.0.1:4711", ["::ffff:10.0.0.0/104"]],
])("lets %s pass, which is in %j", async (address, allow) => {
  await using gateway = await testGateway({ policies: [clientNetworks], config: { allow }, client: { address } });

  expect((await gateway.fetch("/")).status).toBe(200);
});

it.each([
  ["192.0.2.7:4711", "192.0.2.7", ["10.0.0.0/8"]],
  ["192.0.2.7:4711", "192.0.2.7", ["::/0"]],
  ["11.0.0.1:4711", "11.0.0.1", ["::ffff:10.0.0.0/104"]],
  ["[::ffff:11.0.0.1]:4711", "11.0.0.1", ["::ffff:10.0.0.0/104"]],
])("refuses %s, as client %s, which is not in %j", async (address, client, allow) => {
  await using gateway = await testGateway({ policies: [clientNetworks], config: { allow }, client: { address } });

  const response = await gateway.fetch("/");

  expect(response.status).toBe(403);
  expect(response.exchange.log).toMatchObject([{ level: "warn", message: "refused", client }]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([[["10.0.0.0/33"]], [["localhost"]], [[]]])("does not start with %j", async (allow) => {
  await expect(testGateway({ policies: [clientNetworks], config: { allow } })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
  });
});
