import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import members from "./members.js";

it("refuses requests without a token", async () => {
  await using gateway = await testGateway({ policies: [members], upstreams: { auth: {} } });

  const response = await gateway.fetch("/rooms");

  expect(response.status).toBe(401);
  expect(gateway.upstream.requests).toEqual([]);
});

it("tells the upstream who a member is", async () => {
  await using gateway = await testGateway({
    policies: [members],
    upstream: new Response("hello"),
    upstreams: { auth: Response.json({ name: "ada" }) },
  });

  const response = await gateway.fetch("/rooms?n=4", { headers: { authorization: "Bearer a" } });

  expect(await response.text()).toBe("hello");
  expect(gateway.upstream.requests).toMatchObject([{ path: "/rooms?n=4", headers: { "x-member": "ada" } }]);
  expect(gateway.upstreams.auth.requests).toMatchObject([{ path: "/whoami", headers: { authorization: "Bearer a" } }]);
});
