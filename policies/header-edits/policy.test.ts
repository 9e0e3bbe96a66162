import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import headerEdits from "./policy.js";

it("edits requests in the order remove, rename, set, append, with values of the request as it came", async () => {
  await using gateway = await testGateway({
    policies: [headerEdits],
    config: {
      request: {
        remove: ["x-gone"],
        rename: { "x-old": "x-new" },
        set: { "x-was": "${request.header.x-gone}/${request.header.x-old}" },
        append: { "x-new": "${request.method}" },
      },
    },
  });

  await gateway.fetch("/", {
    headers: [
      ["x-gone", "1"],
      ["x-old", "2"],
      ["x-old", "3"],
      ["x-new", "0"],
    ],
  });

  const headers = gateway.upstream.requests[0]?.headers;
  expect(headers).toMatchObject({ "x-new": "2, 3, GET", "x-was": "1/2, 3" });
  expect(headers).not.toHaveProperty("x-gone");
  expect(headers).not.toHaveProperty("x-old");
});

it("edits responses, also those of other policies, with what the request was", async () => {
  await using gateway = await testGateway({
    policies: [headerEdits],
    config: {
      request: { set: { "x-tenant": "none" } },
      response: {
        remove: ["server"],
        set: { "x-for": "${request.header.x-tenant} ${request.path} ${response.status}" },
      },
    },
    upstream: { status: 404, headers: { server: "nginx" } },
  });

  const response = await gateway.fetch("/a?b", { headers: { "x-tenant": "acme" } });

  expect(response.headers.has("server")).toBe(false);
  expect(response.headers.get("x-for")).toBe("acme /a?b 404");
});

it("removes what a client claims where there is nothing to set instead", async () => {
  await using gateway = await testGateway({
    policies: [headerEdits],
    config: { request: { set: { "x-user": "${request.header.x-verified-user}" } } },
  });

  await gateway.fetch("/", { headers: { "x-user": "mallory" } });

  expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-user");
});

it.each([
  "Host",
  "Content-Length",
  "Transfer-Encoding",
  "Connection",
  "Keep-Alive",
  "TE",
  "Trailer",
  "Upgrade",
  "Expect",
  "Proxy-Connection",
])("does not start with an edit of %s, which is the gateway's own", async (name) => {
  const config = { request: { set: { [name]: "1" } } };
  await expect(testGateway({ policies: [headerEdits], config })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining("expected a header that is not the gateway's own"),
  });
});

it.each<[config: unknown, message: string]>([
  [{ request: { set: { "x-a": "a ${request.metod}" } } }, "config.request.set.x-a: at character 3: there is no fact"],
  [{ request: { set: { "x-a": "a\r\nx-evil: 1" } } }, "config.request.set.x-a: at character 2: control characters"],
  [
    { request: { append: { "x-a": "${response.status}" } } },
    "config.request.append.x-a: at character 1: there is no response",
  ],
  [
    { request: { remove: ["content-length"] } },
    "config.request.remove[0]: expected a header that is not the gateway's",
  ],
  [{ response: { rename: { "x-a": "Connection" } } }, "config.response.rename.x-a"],
  [{ request: { set: { "x a": "1" } } }, "config.request.set.x a: expected the name of a header"],
  [{ requests: {} }, "requests"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [headerEdits], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});
