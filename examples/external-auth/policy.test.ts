import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startGateway, type Gateway } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

const policy = `${import.meta.dirname}/policy.ts`;
let upstream: RecordingUpstream;
let auth: RecordingUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream();
  auth = await startUpstream(({ headers }, response) => {
    if (headers["authorization"] === "Bearer good") response.writeHead(200, { "x-user": "ada" }).end();
    else if (headers["authorization"] !== "Bearer slow") response.writeHead(401).end();
  });
  gateway = await startGateway({
    upstream: upstream.url,
    upstreams: { auth: auth.url },
    policies: [{ use: policy, config: { upstream: "auth", path: "/check", timeoutMilliseconds: 100 } }],
  });
});
beforeEach(() => {
  upstream.requests.length = 0;
  auth.requests.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await auth.close();
  await upstream.close();
});

it("passes a request on that the auth upstream accepts, and says who it is", async () => {
  const response = await fetch(gateway.url, { headers: { authorization: "Bearer good", "x-user": "mallory" } });

  expect(response.status).toBe(200);
  expect(auth.requests).toMatchObject([{ path: "/check", headers: { authorization: "Bearer good" } }]);
  expect(upstream.requests).toMatchObject([{ headers: { "x-user": "ada" } }]);
});

it("refuses what the auth upstream refuses", async () => {
  const response = await fetch(gateway.url, { headers: { authorization: "Bearer bad" } });

  expect(response.status).toBe(401);
  expect(upstream.requests).toEqual([]);
});

it("refuses a request without a token, without asking", async () => {
  const response = await fetch(gateway.url);

  expect(response.status).toBe(401);
  expect(auth.requests).toEqual([]);
});

it("answers 503 when the auth upstream does not answer in time", async () => {
  const response = await fetch(gateway.url, { headers: { authorization: "Bearer slow" } });

  expect(response.status).toBe(503);
  expect(upstream.requests).toEqual([]);
});

it("answers 503 when there is no auth upstream", async () => {
  const closed = await startUpstream();
  await closed.close();
  const alone = await startGateway({ upstream: upstream.url, upstreams: { auth: closed.url }, policies: [{ use: policy, config: { upstream: "auth" } }] });
  try {
    const response = await fetch(alone.url, { headers: { authorization: "Bearer good" } });
    expect(response.status).toBe(503);
    expect(upstream.requests).toEqual([]);
  } finally {
    await alone.close();
  }
});
