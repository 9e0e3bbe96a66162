import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import members from "./members.js";

const headers = { authorization: "Bearer a" };

it("asks again after a refusal", async () => {
  await using gateway = await testGateway({
    policies: [members],
    upstreams: {
      auth: [
        { status: 403 },
        { expect: { method: "GET", path: "/whoami", headers }, reply: Response.json({ name: "ada" }) },
      ],
    },
  });

  expect((await gateway.fetch("/", { headers })).status).toBe(403);
  expect((await gateway.fetch("/", { headers })).status).toBe(200);
});

it.each([{ fail: "never" }, { fail: "reset" }, { fail: "refused" }] as const)(
  "answers 503 when auth fails: %o",
  async (failure) => {
    await using gateway = await testGateway({ policies: [members], upstreams: { auth: failure } });

    const response = await gateway.fetch("/", { headers });

    expect(response.status).toBe(503);
    expect(response.exchange.log).toMatchObject([{ level: "warn", message: "auth gave no answer" }]);
  },
);

it("answers as a function says", async () => {
  await using gateway = await testGateway({
    policies: [members],
    upstreams: { auth: (request) => Response.json({ name: request.headers["authorization"]?.replace("Bearer ", "") }) },
  });

  await gateway.fetch("/", { headers });

  expect(gateway.upstream.requests[0]?.headers["x-member"]).toBe("a");
});
