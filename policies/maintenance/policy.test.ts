import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import maintenance from "./policy.js";

const bodies = [
  { contentType: "application/json", body: '{"error":"maintenance"}' },
  { contentType: "text/html;charset=UTF-8", body: "<p>Back soon" },
];

it("answers 503 with retry-after, and the upstream hears nothing", async () => {
  await using gateway = await testGateway({ policies: [maintenance], config: { retryAfterSeconds: 600 } });

  const response = await gateway.fetch("/", { method: "POST", body: "ask" });

  expect([response.status, response.headers.get("retry-after"), response.headers.get("cache-control")]).toEqual([
    503,
    "600",
    "no-store",
  ]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([
  [undefined, "application/json"],
  ["text/html,application/xhtml+xml,*/*;q=0.8", "text/html;charset=UTF-8"],
  ["application/json;q=0.5, text/*;q=0.6", "text/html;charset=UTF-8"],
  ["application/json;q=0, */*", "text/html;charset=UTF-8"],
  ["*/*", "application/json"],
  ["TEXT/HTML", "text/html;charset=UTF-8"],
  ["image/png", "application/json"],
  [";;,,q=", "application/json"],
])("to accept %j it answers %s", async (accept, contentType) => {
  await using gateway = await testGateway({ policies: [maintenance], config: { bodies } });

  const response = await gateway.fetch("/", accept === undefined ? {} : { headers: { accept } });

  expect([response.status, response.headers.get("content-type")]).toEqual([503, contentType]);
});

it.each([
  [{ enabled: false }, "/", 200],
  [{ exemptPathPrefixes: ["/health"] }, "/health/live", 200],
  [{ exemptPathPrefixes: ["/health"] }, "/healthy", 503],
  [{ exemptNetworks: ["192.0.2.0/24"] }, "/", 200],
  [{ exemptNetworks: ["198.51.100.0/24"] }, "/", 503],
])("with %j a request for %s gets %i", async (config, path, status) => {
  await using gateway = await testGateway({
    policies: [maintenance],
    config,
    client: { address: "192.0.2.7:4711" },
  });

  expect((await gateway.fetch(path)).status).toBe(status);
});

it("keeps out a client whose address cannot be read", async () => {
  const config = { exemptNetworks: ["0.0.0.0/0", "::/0"] };
  await using gateway = await testGateway({ policies: [maintenance], config, client: { address: "somewhere" } });

  expect((await gateway.fetch("/")).status).toBe(503);
});

it.each<[config: unknown, message: string]>([
  [{ retryAfterSeconds: 0 }, "config.retryAfterSeconds"],
  [{ bodies: [] }, "config.bodies: expected at least one body"],
  [{ bodies: [{ contentType: "html", body: "" }] }, "config.bodies[0].contentType: expected a media type"],
  [{ exemptPathPrefixes: ["health"] }, "config.exemptPathPrefixes[0]: expected a path"],
  [{ exemptNetworks: ["10.0.0.0/33"] }, "config.exemptNetworks[0]: expected at most /32"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [maintenance], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
