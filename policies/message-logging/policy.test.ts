import { everyChunking, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import messageLogging from "./policy.js";

it("logs the chosen fields and headers of request and response", async () => {
  await using gateway = await testGateway({
    policies: [messageLogging],
    config: {
      request: { fields: { what: "${request.method} ${request.pathname}" }, headers: ["User-Agent", "x-missing"] },
      response: { fields: { status: "${response.status}", of: "${request.header.x-tenant}" } },
    },
    upstream: { status: 404 },
  });

  const response = await gateway.fetch("/a?key=secret", { headers: { "user-agent": "test", "x-tenant": "acme" } });

  expect(response.exchange.log).toMatchObject([
    { level: "info", message: "request", what: "GET /a", headers: { "user-agent": "test" } },
    { level: "info", message: "response", status: "404", of: "acme" },
  ]);
  expect(JSON.stringify(response.exchange.log)).not.toContain("secret");
});

it("shows no secret, neither as a header nor in a field", async () => {
  await using gateway = await testGateway({
    policies: [messageLogging],
    config: {
      request: {
        fields: { a: "${request.header.Cookie}", b: "is ${request.header.x-customer}" },
        headers: ["authorization", "x-customer"],
      },
      redactHeaders: ["X-Customer"],
    },
  });

  const response = await gateway.fetch("/", {
    headers: { authorization: "Custom k-4711", cookie: "k-4711", "x-customer": "k-4711" },
  });

  expect(response.exchange.log).toHaveLength(1);
  expect(JSON.stringify(response.exchange.log)).not.toContain("4711");
});

it("logs the beginning of a body, and passes all of it, however it is cut", async () => {
  await everyChunking("one two three", async (chunks) => {
    await using gateway = await testGateway({
      policies: [messageLogging],
      config: { request: { bodyBytes: 7 }, response: { bodyBytes: 100 } },
      upstream: { body: chunks },
    });

    const response = await gateway.fetch("/", { method: "POST", body: chunks });

    expect(await response.text()).toBe("one two three");
    expect(gateway.upstream.requests[0]?.body).toBe("one two three");
    expect(response.exchange.log).toMatchObject([{ body: "one two" }, { body: "one two three" }]);
  });
});

it.each([
  [{ methods: ["POST"] }, 200, 0],
  [{ pathPrefix: "/other" }, 200, 0],
  [{ path: "/a" }, 200, 1],
  [{ response: { minStatus: 500 } }, 404, 0],
  [{ response: { minStatus: 500 } }, 500, 1],
])("with %j a response of %i to GET /a has %i lines", async (condition, status, lines) => {
  await using gateway = await testGateway({
    policies: [messageLogging],
    config: { response: {}, ...condition },
    upstream: { status },
  });

  expect((await gateway.fetch("/a")).exchange.log).toHaveLength(lines);
});

it.each<[config: unknown, message: string]>([
  [{}, "config: expected request, response or both"],
  [
    { request: { fields: { a: "${response.status}" } } },
    "config.request.fields.a: at character 1: there is no response",
  ],
  [{ request: { bodyBytes: 10_000 } }, "config.request.bodyBytes"],
  [{ request: {}, level: "loud" }, "config.level: expected debug, info or warn"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [messageLogging], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
