import { createHash } from "node:crypto";
import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import apiKey from "./policy.js";

const secretSha256 = createHash("sha256").update("open sesame").digest("hex");
const shop = { clientId: "shop", clientName: "Shop", slaTier: "gold", secretSha256 };
const withKey = { headers: { "x-api-key": "open sesame" } };

it("says whose key it is", async () => {
  await using gateway = await testGateway({ policies: [apiKey], config: { keys: [shop] } });

  const response = await gateway.fetch("/", withKey);

  expect(response.exchange.authentication).toEqual({
    clientId: "shop",
    clientName: "Shop",
    properties: { slaTier: "gold" },
  });
});

it.each<[config: unknown, message: string]>([
  [{}, "expected one of keys, keysJson, poll and stored"],
  [{ keys: [shop], stored: { shared: "a" } }, "expected one of keys, keysJson, poll and stored"],
  [{ keys: [{ ...shop, clientId: "" }] }, "config.keys[0].clientId"],
  [{ keys: [{ ...shop, secretSha256: "open sesame" }] }, "config.keys[0].secretSha256"],
  [{ keys: [{ ...shop, secretSha256: [] }] }, "config.keys[0].secretSha256"],
  [{ keys: [{ ...shop, tier: "gold" }] }, "tier"],
  [{ keysJson: "open sesame" }, "config.keysJson: keys: expected a list of records"],
  [{ keysJson: "{}" }, "config.keysJson: keys: expected a list of records"],
  [{ keys: [shop], id: { header: "x-id" } }, "expected id and secret together"],
  [{ keys: [shop], basic: true, key: { header: "x-key" } }, "expected one of key, id with secret, and basic"],
  [{ keys: [shop], key: { header: "x y" } }, "config.key.header"],
  [{ keys: [shop], key: { header: "x", query: "y" } }, "expected one of header, cookie and query"],
  [{ keys: [shop], realm: 'a"b' }, "config.realm"],
  [{ poll: { upstream: "keys", interval: "0s" } }, "config.poll.interval"],
  [{ poll: { upstream: "keys", path: "keys" } }, "config.poll.path"],
])("does not start with %j", async (config, message) => {
  const refusal: unknown = await testGateway({ policies: [apiKey], config: config as never }).catch(
    (error: unknown) => error,
  );

  expect(refusal).toMatchObject({ code: "CONFIG_REFUSED", message: expect.stringContaining(message) });
  expect((refusal as Error).message).not.toContain("sesame");
});
