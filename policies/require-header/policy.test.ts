import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import requireHeader from "./policy.js";

const start = (header: object, answer: object = {}) =>
  testGateway({ policies: [requireHeader], config: { headers: [{ name: "x-api-version", ...header }], ...answer } });

it.each([
  [{}, "anything"],
  [{}, ""],
  [{ exact: "2" }, "2"],
  [{ prefix: "2." }, "2.1"],
  [{ regex: "[23](\\.\\d+)?" }, "3.14"],
])("with %j a request passes whose value is %j", async (header, value) => {
  await using gateway = await start(header);

  const response = await gateway.fetch("/", { headers: { "X-Api-Version": value } });

  expect(response.status).toBe(200);
  expect(gateway.upstream.requests).toMatchObject([{ headers: { "x-api-version": value } }]);
});

it.each([
  [{}, []],
  [{ exact: "2" }, ["2.0"]],
  [{ exact: "2" }, ["2", "3"]],
  [{ prefix: "2." }, ["12.1"]],
  [{ prefix: "2." }, ["2.1", "3.1"]],
  [{ regex: "a|b" }, ["ab"]],
])("with %j a request is refused whose lines are %j", async (header, values) => {
  await using gateway = await start(header);

  const response = await gateway.fetch("/", { headers: values.map((value) => ["x-api-version", value] as const) });

  expect([response.status, response.headers.get("content-type")]).toEqual([400, "text/plain;charset=UTF-8"]);
  expect(response.exchange.log).toMatchObject([{ level: "info", header: "x-api-version", present: values.length > 0 }]);
  expect(gateway.upstream.requests).toEqual([]);
});

it("does not log the value that it refuses, which may be a secret", async () => {
  await using gateway = await start({ exact: "k-4711" });

  const response = await gateway.fetch("/", { headers: { "x-api-version": "k-4712" } });

  expect(JSON.stringify(response.exchange.log)).not.toContain("k-471");
});

it("answers a refused request as its configuration says", async () => {
  const answer = { status: 403, body: '{"error":"no"}', contentType: "application/json" };
  await using gateway = await start({}, answer);

  const response = await gateway.fetch("/");

  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    403,
    "application/json",
    '{"error":"no"}',
  ]);
});

it.each<[config: unknown, message: string]>([
  [{ headers: [] }, "config.headers: expected at least one header"],
  [{ headers: [{ name: "x y" }] }, "config.headers[0].name: expected the name of a header"],
  [{ headers: [{ name: "x", exact: "a", prefix: "a" }] }, "config.headers[0]: expected one of exact, prefix and regex"],
  [{ headers: [{ name: "x", regex: "(" }] }, "config.headers[0].regex: expected a regular expression"],
  [{ headers: [{ name: "x", regex: "a)|(b" }] }, "config.headers[0].regex: expected a regular expression"],
  [{ headers: [{ name: "x", vlaue: "a" }] }, "vlaue"],
  [{ headers: [{ name: "x" }], status: 200 }, "config.status"],
  [{ headers: [{ name: "x" }], contentType: "a\r\nb" }, "config.contentType"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [requireHeader], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
