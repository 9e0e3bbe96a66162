import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startGateway, type Gateway } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

const policy = `${import.meta.dirname}/policy.ts`;
let upstream: RecordingUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({ upstream: upstream.url, policies: [policy] });
});
beforeEach(() => {
  upstream.requests.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

it("passes a request with a token on, unchanged", async () => {
  const response = await fetch(`${gateway.url}/room?n=4`, { headers: { authorization: "Bearer abc" } });

  expect(response.status).toBe(200);
  expect(await response.text()).toBe("hello");
  expect(upstream.requests).toMatchObject([{ path: "/room?n=4", headers: { authorization: "Bearer abc" } }]);
});

it("refuses a request without a token", async () => {
  const response = await fetch(gateway.url);

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="oauth2"');
  expect(await response.text()).toBe('{ "error": "token was not present"}');
});

it("lets nothing of a refused request reach the upstream", async () => {
  const response = await fetch(gateway.url, { method: "POST", body: "first night free" });

  expect(response.status).toBe(401);
  expect(upstream.requests).toEqual([]);
});

it("names the configured realm", async () => {
  const rooms = await startGateway({ upstream: upstream.url, policies: [{ use: policy, config: { realm: "rooms" } }] });
  try {
    const response = await fetch(rooms.url);
    expect(response.headers.get("www-authenticate")).toBe('Bearer realm="rooms"');
  } finally {
    await rooms.close();
  }
});
