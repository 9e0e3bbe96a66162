import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import members from "./members.js";

it("remembers a member for as long as it is told to", async () => {
  await using gateway = await testGateway({
    policies: [{ policy: members, config: { rememberSeconds: 300 } }],
    upstreams: { auth: Response.json({ name: "ada" }) },
  });
  const visit = () => gateway.fetch("/", { headers: { authorization: "Bearer a" } });

  await visit();
  await gateway.clock.advance("4m");
  await visit();
  expect(gateway.upstreams.auth.requests).toHaveLength(1);

  await gateway.clock.advance("2m");
  await visit();
  expect(gateway.upstreams.auth.requests).toHaveLength(2);
});

it("gives up on auth after two seconds", async () => {
  await using gateway = await testGateway({ policies: [members], upstreams: { auth: { delay: "10s" } } });

  const response = await gateway.fetch("/", { headers: { authorization: "Bearer a" } });

  expect(response.status).toBe(503);
  expect(response.exchange.durationMilliseconds).toBe(2_000);
});
