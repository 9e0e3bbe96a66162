import { testGateway, type UpstreamScript } from "sluice/testing";
import { expect, it } from "vitest";
import externalAuth from "./policy.js";

const start = (auth: UpstreamScript, config: object = {}) =>
  testGateway({ policies: [externalAuth], config: { upstream: "auth", ...config }, upstreams: { auth } });

it("tells the service method, path, host, authorization and the headers that are allowed, and no other", async () => {
  await using gateway = await start({}, { pathPrefix: "/check", allowedHeaders: ["X-Tenant"] });

  const response = await gateway.fetch("/orders?id=7", {
    method: "DELETE",
    headers: { authorization: "Bearer good", "x-tenant": "acme", cookie: "a=b" },
  });

  expect(response.status).toBe(200);
  const [call] = gateway.upstreams.auth.requests;
  expect(call).toMatchObject({
    method: "DELETE",
    path: "/check/orders?id=7",
    headers: { authorization: "Bearer good", "x-tenant": "acme" },
  });
  expect(call?.headers).not.toHaveProperty("cookie");
});

it("gives the upstream the service's word on a header, and never the client's", async () => {
  await using gateway = await start({ headers: { "x-user": "ada" } }, { allowedUpstreamHeaders: ["x-user", "x-role"] });

  await gateway.fetch("/", { headers: { "x-user": "mallory", "x-role": "admin" } });

  expect(gateway.upstream.requests[0]?.headers).toMatchObject({ "x-user": "ada" });
  expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-role");
});

it.each([401, 403, 302, 201, 404])("refuses with the service's own %i and its body", async (status) => {
  const headers = { "www-authenticate": "Bearer", location: "/login", "x-internal": "1", "x-reason": "quota" };
  await using gateway = await start({ status, headers, body: "no" }, { allowedClientHeaders: ["x-reason"] });

  const response = await gateway.fetch("/");

  expect([response.status, await response.text()]).toEqual([status, "no"]);
  expect(response.headers.get("www-authenticate")).toBe("Bearer");
  expect(response.headers.get("x-reason")).toBe("quota");
  expect(response.headers.has("x-internal")).toBe(false);
  expect(gateway.upstream.requests).toEqual([]);
});

const failures = [{ fail: "never" }, { fail: "reset" }, { fail: "refused" }, { status: 500 }, { delay: "1m" }] as const;

it.each(failures)("refuses where the service fails: %o", async (failure) => {
  await using gateway = await start(failure, { statusOnError: 503 });

  const response = await gateway.fetch("/");

  expect(response.status).toBe(503);
  expect(response.exchange.log).toMatchObject([{ level: "warn", allowed: false }]);
  expect(gateway.upstream.requests).toEqual([]);
});

it.each(failures)("lets pass where it fails, if the configuration says so: %o", async (failure) => {
  await using gateway = await start(failure, { failureModeAllow: true, allowedUpstreamHeaders: ["x-user"] });

  const response = await gateway.fetch("/", { headers: { "x-user": "mallory" } });

  expect(response.status).toBe(200);
  expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-user");
});

it("lets nothing pass where there is no such upstream", async () => {
  await using gateway = await testGateway({
    policies: [externalAuth],
    config: { upstream: "nobody", failureModeAllow: true },
    upstreams: { nobody: null },
  });

  expect((await gateway.fetch("/")).status).toBe(403);
});

it("sends the body where it is asked to, and both get it", async () => {
  await using gateway = await start({}, { withRequestBody: { maxRequestBytes: 5 } });

  const response = await gateway.fetch("/", { method: "POST", body: "12345" });

  expect(response.status).toBe(200);
  expect(gateway.upstreams.auth.requests[0]?.body).toBe("12345");
  expect(gateway.upstream.requests[0]?.body).toBe("12345");
});

it("refuses a larger body with 413, or cuts it for the service alone", async () => {
  await using strict = await start({}, { withRequestBody: { maxRequestBytes: 5 } });
  expect((await strict.fetch("/", { method: "POST", body: "123456" })).status).toBe(413);
  expect(strict.upstreams.auth.requests).toEqual([]);

  await using lenient = await start({}, { withRequestBody: { maxRequestBytes: 5, allowPartialMessage: true } });
  await lenient.fetch("/", { method: "POST", body: "123456" });
  expect(lenient.upstreams.auth.requests[0]?.body).toBe("12345");
  expect(lenient.upstreams.auth.requests[0]?.headers).toMatchObject({ "x-envoy-auth-partial-body": "true" });
  expect(lenient.upstream.requests[0]?.body).toBe("123456");
});

it.each<[config: unknown, message: string]>([
  [{}, "config.upstream"],
  [{ upstream: "auth", pathPrefix: "check" }, "config.pathPrefix: expected a path"],
  [{ upstream: "auth", allowedHeaders: ["x y"] }, "config.allowedHeaders[0]: expected the name of a header"],
  [{ upstream: "auth", statusOnError: 200 }, "config.statusOnError"],
  [{ upstream: "auth", failureMode: "open" }, "failureMode"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [externalAuth], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message),
  });
});

it.each(["allowedUpstreamHeaders", "allowedClientHeaders"])(
  "does not start with a header of framing among %s, which no answer may bring",
  async (key) => {
    await expect(start({}, { [key]: ["Content-Length"] })).rejects.toMatchObject({
      code: "CONFIG_REFUSED",
      message: expect.stringContaining("expected a header that is not the gateway's own"),
    });
  },
);
