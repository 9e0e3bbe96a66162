import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

it("lets the upstream take its time", async () => {
  await using gateway = await testGateway({ policies: [policy], upstream: { body: "at last", delay: "1m" } });

  const response = await gateway.fetch("/mcp");

  expect(await response.text()).toBe("at last");
  expect(response.exchange.durationMilliseconds).toBe(60_000);
});

it("is what makes the difference", async () => {
  await using gateway = await testGateway({ policies: [], upstream: { body: "at last", delay: "1m" } });

  expect((await gateway.fetch("/mcp")).status).toBe(504);
});

it("passes an event stream on as it comes, and tells the upstream nothing of the limit", async () => {
  await using gateway = await testGateway({
    policies: [policy],
    upstream: {
      headers: { "content-type": "text/event-stream" },
      body: ["event: a\ndata: 1\n\n", "event: b\nda", "ta: 2\n\n"],
    },
  });

  const response = await gateway.fetch("/mcp", { headers: { "x-envoy-upstream-rq-timeout-ms": "5" } });

  expect(await response.text()).toBe("event: a\ndata: 1\n\nevent: b\ndata: 2\n\n");
  expect(gateway.upstream.requests[0]?.headers).not.toHaveProperty("x-envoy-upstream-rq-timeout-ms");
});
