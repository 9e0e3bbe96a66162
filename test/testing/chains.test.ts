import { showTrace, testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import stopRequest from "../../examples/stop-request/policy.js";
import count from "./policies/count.js";
import mark from "./policies/mark.js";

it("passes requests first to last and responses last to first, each policy with its configuration", async () => {
  await using gateway = await testGateway({
    policies: [
      { policy: mark, config: { name: "a" } },
      { policy: mark, config: { name: "b" }, name: "inner" },
    ],
  });

  const response = await gateway.fetch("/");

  expect(gateway.upstream.requests[0]?.headers["x-passed"]).toBe("a, b");
  expect(response.headers.get("x-passed")).toBe("b, a");
});

it("tells what each policy got and made of it", async () => {
  await using gateway = await testGateway({ policies: [{ policy: mark, config: { name: "a" } }, stopRequest] });

  const { exchange } = await gateway.fetch("/room");

  expect(exchange.trace.map(({ who, what, answer }) => [who, what, answer])).toEqual([
    ["client", "sends request headers GET /room, end", undefined],
    ["mark", "request headers, end", "passes on"],
    ["stop-request", "request headers, end", "holds"],
    ["stop-request", "response headers", "passes on"],
    ["mark", "response headers", "passes on"],
    ["client", "gets response headers 401", undefined],
    ["mark", "response body 35 bytes, end", "passes on"],
    ["client", "gets response body 35 bytes, end", undefined],
  ]);
  expect(showTrace(exchange.trace)).toMatch(/^ {5}0 ms {2}client {8}sends request headers GET \/room, end\n/);
});

it("keeps the log of each exchange apart", async () => {
  await using gateway = await testGateway({ policies: [count] });
  await gateway.fetch("/");

  const { exchange } = await gateway.fetch("/");

  expect(exchange.log).toMatchObject([{ level: "info", policy: "count", message: "counted", count: 2 }]);
  expect(gateway.log).toHaveLength(2);
});

it("gives each worker an instance of its own", async () => {
  await using gateway = await testGateway({ policies: [count], workers: 2 });

  for (const worker of [0, 1, 0]) {
    await gateway.fetch("/", { worker });
  }
  await gateway.fetch("/");

  expect(gateway.upstream.requests.map(({ headers }) => headers["x-count"])).toEqual(["1", "1", "2", "2"]);
  await expect(gateway.fetch("/", { worker: 2 })).rejects.toMatchObject({ code: "TEST_OPTIONS" });
});

it("begins anew with every gateway", async () => {
  for (const _ of [1, 2]) {
    await using gateway = await testGateway({ policies: [count] });
    await gateway.fetch("/");
    expect(gateway.upstream.requests[0]?.headers["x-count"]).toBe("1");
  }
});

it("runs without policies", async () => {
  await using gateway = await testGateway({ policies: [], upstream: new Response("as it is") });

  expect(await (await gateway.fetch("/")).text()).toBe("as it is");
});
