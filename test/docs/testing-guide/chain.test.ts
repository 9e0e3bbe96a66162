import { showTrace, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import members from "./members.js";
import noSecrets from "./no-secrets.js";

it("asks who somebody is before it looks at the body", async () => {
  await using gateway = await testGateway({ policies: [members, noSecrets], upstreams: { auth: { status: 403 } } });

  const { exchange } = await gateway.fetch("/", {
    method: "POST",
    headers: { authorization: "Bearer a" },
    body: "secret",
  });

  expect(exchange.details).toBe("local_reply:members");
  expect(showTrace(exchange.trace)).not.toContain("no-secrets");
});

it("asks in every worker", async () => {
  await using gateway = await testGateway({
    policies: [members],
    workers: 2,
    upstreams: { auth: Response.json({ name: "ada" }) },
  });
  const headers = { authorization: "Bearer a" };

  await gateway.fetch("/", { headers, worker: 0 });
  await gateway.fetch("/", { headers, worker: 1 });

  expect(gateway.upstreams.auth.requests).toHaveLength(2);
});
