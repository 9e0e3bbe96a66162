import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import cannedResponse from "./policy.js";

const answers = [
  { path: "/health", body: "ok" },
  { pathPrefix: "/old", methods: ["GET", "HEAD"], status: 410, headers: { "x-gone": "1" } },
  { pathPrefix: "/", methods: ["DELETE"], status: 405, headers: { allow: "GET" } },
];

it.each([
  ["GET", "/health?x", 200, "ok"],
  ["GET", "/old", 410, ""],
  ["GET", "/old/a", 410, ""],
  ["DELETE", "/old/a", 405, ""],
])("%s %s is answered %i %j", async (method, path, status, body) => {
  await using gateway = await testGateway({ policies: [cannedResponse], config: { answers } });

  const response = await gateway.fetch(path, { method });

  expect([response.status, await response.text()]).toEqual([status, body]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each([
  ["GET", "/healthy"],
  ["GET", "/older"],
  ["POST", "/old"],
])("%s %s passes", async (method, path) => {
  await using gateway = await testGateway({ policies: [cannedResponse], config: { answers } });

  await gateway.fetch(path, { method });

  expect(gateway.upstream.requests).toMatchObject([{ method, path }]);
});

it.each<[config: unknown, message: string]>([
  [{ answers: [] }, "config.answers: expected at least one answer"],
  [
    { answers: [{ path: "/a", headers: { "content-length": "2" } }] },
    "expected a header that is not the gateway's own",
  ],
  [{ answers: [{ path: "a" }] }, "config.answers[0].path: expected a path"],
  [{ answers: [{ path: "/a?b" }] }, "config.answers[0].path: expected a path"],
  [{ answers: [{ methods: ["get"] }] }, "config.answers[0].methods[0]: expected a method in upper case"],
  [{ answers: [{ status: 204, body: "x" }] }, "config.answers[0]: expected no body"],
  [{ answers: [{ headers: { "x-a": "a\r\nb" } }] }, "config.answers[0].headers.x-a: expected the value of a header"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [cannedResponse], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
