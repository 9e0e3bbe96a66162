import { byHand, testGateway, type UpstreamScript } from "sluice/testing";
import { expect, it } from "vitest";
import policy from "./policy.js";

function start(sink: UpstreamScript, maxRetries?: number) {
  const config = {
    metricsSink: "http://sink.test/ingest",
    pushFrequency: 2,
    ...(maxRetries !== undefined && { maxRetries }),
  };
  return testGateway({ policies: [policy], config, upstreams: { "http://sink.test": sink } });
}

const reports = (gateway: Awaited<ReturnType<typeof start>>) => gateway.upstreams["http://sink.test"]?.requests ?? [];

it("reports once what was counted since the last report", async () => {
  await using gateway = await start({ status: 202 });
  await gateway.fetch("/a");
  await gateway.fetch("/a", { method: "POST", body: "x" });
  await gateway.fetch("/b");
  expect(reports(gateway)).toEqual([]);

  await gateway.clock.advance("10s");

  expect(reports(gateway)).toMatchObject([
    { method: "POST", path: "/ingest", headers: { "content-type": "application/json" } },
  ]);
  expect(reports(gateway)[0]?.json()).toEqual({
    node: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    methods: { get: 2, post: 1 },
    status_codes: { 200: 3 },
  });
});

it("sends a report again that was not taken, each time later", async () => {
  await using gateway = await start([{ status: 503 }, { fail: "reset" }, { status: 200 }]);
  await gateway.fetch("/a");

  await gateway.clock.advance("3s");
  expect(reports(gateway)).toHaveLength(1);
  await gateway.clock.advance("2s");
  expect(reports(gateway)).toHaveLength(2);
  await gateway.clock.advance("4s");
  expect(reports(gateway)).toHaveLength(3);
  expect(new Set(reports(gateway).map(({ body }) => body)).size).toBe(1);
});

it("drops a report after the last retry", async () => {
  await using gateway = await start({ status: 500 }, 1);
  await gateway.fetch("/a");

  await gateway.clock.advance("1m");

  expect(reports(gateway)).toHaveLength(2);
  expect(gateway.log).toMatchObject([{ level: "warn", message: "a report was dropped" }]);
});

it("holds up no request while the sink does not answer", async () => {
  await using gateway = await start(byHand);
  await gateway.fetch("/a");
  await gateway.clock.advance("3s");
  const report = await gateway.upstreams["http://sink.test"].next();

  expect((await gateway.fetch("/b")).exchange.durationMilliseconds).toBe(0);
  await report.reply({ status: 200 });
});
