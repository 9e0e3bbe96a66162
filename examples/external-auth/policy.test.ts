import { testGateway, type UpstreamScript } from "sluice/testing";
import { expect, it } from "vitest";
import externalAuth from "./policy.js";

const config = { upstream: "auth", path: "/check" };
const start = (auth: UpstreamScript) => testGateway({ policies: [externalAuth], config, upstreams: { auth } });

it("passes a request on that the auth upstream accepts, and says who it is", async () => {
  await using gateway = await start({ headers: { "x-user": "ada" } });

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer good", "x-user": "mallory" } });

  expect(response.status).toBe(200);
  expect(gateway.upstreams.auth.requests).toMatchObject([
    { path: "/check", headers: { authorization: "Bearer good" } },
  ]);
  expect(gateway.upstream.requests).toMatchObject([{ headers: { "x-user": "ada" } }]);
});

it.each([
  [401, 401],
  [403, 403],
  [500, 403],
])("refuses what the auth upstream refuses with %i by %i", async (theirs, ours) => {
  await using gateway = await start({ status: theirs });

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer bad" } });

  expect(response.status).toBe(ours);
  expect(gateway.upstream.requests).toEqual([]);
});

it("refuses a request without a token, without asking", async () => {
  await using gateway = await start({});

  expect((await gateway.fetch("/")).status).toBe(401);
  expect(gateway.upstreams.auth.requests).toEqual([]);
});

it.each([{ fail: "never" }, { fail: "reset" }, { fail: "refused" }] as const)(
  "answers 503 when the auth upstream fails: %o",
  async (failure) => {
    await using gateway = await start(failure);

    const response = await gateway.fetch("/", { headers: { authorization: "Bearer good" } });

    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(gateway.upstream.requests).toEqual([]);
  },
);

it("waits for the auth upstream no longer than two seconds", async () => {
  await using gateway = await start({ delay: "1m" });

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer good" } });

  expect(response.exchange.durationMilliseconds).toBe(2_000);
});
