import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type Gateway } from "sluice/gateway";
import { startUpstream, type RecordingUpstream } from "../recording-upstream.js";

let upstream: RecordingUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    response.writeHead(request.path === "/empty" ? 204 : 503, { "x-origin": "upstream" }).end();
  });
  gateway = await startGateway({ upstream: upstream.url, policies: [`${import.meta.dirname}/policy.ts`] });
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

it("replaces status, headers and body", async () => {
  const response = await fetch(`${gateway.url}/shop`);

  expect(response.status).toBe(200);
  expect(response.headers.get("some")).toBe("200");
  expect(response.headers.get("x-origin")).toBeNull();
  expect(await response.text()).toBe("Some");
  expect(upstream.requests).toMatchObject([{ path: "/shop" }]);
});

it("gives a body to a response that had none", async () => {
  const response = await fetch(`${gateway.url}/empty`);

  expect(response.status).toBe(200);
  expect(await response.text()).toBe("Some");
});

it("keeps the answer to HEAD without a body", async () => {
  const response = await fetch(gateway.url, { method: "HEAD" });

  expect(response.status).toBe(200);
  expect(response.headers.get("some")).toBe("200");
  expect(await response.text()).toBe("");
});
