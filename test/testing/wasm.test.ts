import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { byHand, testGateway } from "sluice/testing";
import { afterEach, expect, it, onTestFinished } from "vitest";
import stopRequest from "../../examples/stop-request/policy.js";
import { watModule } from "../support/wat-module.js";
import askAuth from "./policies/ask-auth.js";
import count from "./policies/count.js";
import neverDecides from "./policies/never-decides.js";
import tellTime from "./policies/tell-time.js";
import upperCase from "./policies/upper-case.js";

afterEach(() => {
  delete process.env["SLUICE_TEST_ENGINE"];
});

it("runs the same tests on the compiled module", async () => {
  await using gateway = await testGateway({
    policies: [stopRequest, upperCase],
    upstream: { body: "text" },
    engine: "wasm",
  });

  expect((await gateway.fetch("/")).status).toBe(401);
  const response = await gateway.fetch("/", {
    method: "POST",
    headers: { authorization: "x" },
    body: ["quest", "ion"],
  });
  expect([gateway.upstream.requests[0]?.body, await response.text()]).toEqual(["QUESTION", "TEXT"]);
});

it("runs the engine that the environment names", async () => {
  process.env["SLUICE_TEST_ENGINE"] = "wasm";
  await using gateway = await testGateway({ policies: [tellTime], now: "2030-02-03T04:05:06Z" });

  expect((await gateway.fetch("/")).headers.get("x-date")).toBe("2030-02-03T04:05:06.000Z");
});

it("runs JavaScript where the environment names an engine by nothing", async () => {
  process.env["SLUICE_TEST_ENGINE"] = "";
  await using gateway = await testGateway({ policies: [stopRequest] });

  expect((await gateway.fetch("/")).status).toBe(401);
});

it("moves all that tells the time in a module, and nothing else does", async () => {
  await using gateway = await testGateway({ policies: [tellTime], engine: "wasm" });
  const sinceLoad = async () => Number((await gateway.fetch("/")).headers.get("x-since-load"));
  const first = await sinceLoad();
  await gateway.clock.advance("2s");

  expect(await sinceLoad()).toBe(first + 2_000);
});

it("answers by hand, moves the clock and keeps workers apart there, too", async () => {
  await using gateway = await testGateway({
    policies: [count, askAuth],
    upstreams: { auth: byHand },
    engine: "wasm",
    workers: 2,
  });
  const exchange = await gateway.open("/");
  await gateway.clock.advance("9s");
  await (await gateway.upstreams.auth.next()).reply({});
  const other = await gateway.open("/");
  await (await gateway.upstreams.auth.next()).reply({});

  expect([
    (await exchange.response()).exchange.durationMilliseconds,
    (await other.response()).exchange.durationMilliseconds,
  ]).toEqual([9_000, 0]);
  expect(gateway.upstream.requests.map(({ headers }) => headers["x-count"])).toEqual(["1", "1"]);
});

it("ends what waits for ever by the time-out of filters", async () => {
  await using gateway = await testGateway({ policies: [neverDecides], engine: "wasm" });

  const { status, exchange } = await gateway.fetch("/");

  expect([status, exchange.durationMilliseconds]).toEqual([500, 30_000]);
});

it("ends what a module holds for ever after the limit of idle streams, on the test's clock", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-holding-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "holding.wasm");
  const holds = '(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))';
  await writeFile(file, watModule(holds));
  await using gateway = await testGateway({ policies: [file] });
  const before = gateway.clock.now();

  const response = await gateway.fetch("/");

  expect(response.status).toBe(504);
  expect(gateway.clock.now() - before).toBe(300_000);
});
