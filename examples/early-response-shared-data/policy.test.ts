import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type Gateway } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

const policy = `${import.meta.dirname}/policy.ts`;
const bodyGuard = `${import.meta.dirname}/../body-guard/policy.ts`;
let upstream: RecordingUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({
    upstream: upstream.url,
    policies: [{ use: bodyGuard, config: { forbidden: "secret" }, partialRequests: "allow" }, policy],
  });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

it("gets the request filter's data when that continued", async () => {
  const response = await fetch(`${gateway.url}/seat/12`);

  expect(response.headers.get("x-request-filter")).toBe("continue /seat/12");
});

it("sees its own early answer as a break", async () => {
  const response = await fetch(gateway.url, { headers: { "x-deny": "1" } });

  expect(response.status).toBe(403);
  expect(response.headers.get("x-request-filter")).toBe("break");
});

it("sees that another policy answered while its request filter awaited the body", async () => {
  const response = await fetch(gateway.url, { method: "POST", headers: { "x-await": "1" }, body: "a secret" });

  expect(response.status).toBe(403);
  expect(response.headers.get("x-request-filter")).toBe("cancel peer-replied");
});
