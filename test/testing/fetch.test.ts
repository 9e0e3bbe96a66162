import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import stopRequest from "../../examples/stop-request/policy.js";

it("passes a request on and gives the response of the upstream, and what happened", async () => {
  await using gateway = await testGateway({
    policies: [stopRequest],
    upstream: new Response("hello", { headers: { "x-room": "4" } }),
  });

  const response = await gateway.fetch("/room?n=4", { headers: { authorization: "Bearer abc" } });

  expect(response.status).toBe(200);
  expect(response.headers.get("x-room")).toBe("4");
  expect(await response.text()).toBe("hello");
  expect(gateway.upstream.requests).toMatchObject([
    { method: "GET", path: "/room?n=4", headers: { authorization: "Bearer abc" }, body: "" },
  ]);
  expect(response.exchange).toMatchObject({ details: "via_upstream", log: [], upstream: { path: "/room?n=4" } });
});

it("gives a policy's own answer", async () => {
  await using gateway = await testGateway({ policies: [{ policy: stopRequest, config: { realm: "rooms" } }] });

  const response = await gateway.fetch("/room");

  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="rooms"');
  expect(gateway.upstream.requests).toEqual([]);
  expect(response.exchange).toMatchObject({ details: "local_reply:stop-request", upstream: undefined });
});
