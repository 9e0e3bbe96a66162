import { afterAll, beforeAll, expect, it } from "vitest";
import { parseViolation } from "../../src/abi/violation.js";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

let upstream: UpstreamServer;
let envoy: RunningEnvoy;
const logged: Record<string, unknown>[] = [];

beforeAll(async () => {
  upstream = await startUpstream(({ headers }, response) => response.end(headers["x-reported"]));
  const policies = ["first", "second"].map((name) => use("policies/report-violation.ts", { name }));
  envoy = await startConfig(configOf({ api: `http://127.0.0.1:${upstream.port}` }, [{ policies }]), {
    onAccess: (line) => logged.push(JSON.parse(line) as Record<string, unknown>),
  });
});
afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

it("a violation in Envoy is seen by later policies and in the access log", async () => {
  const seen = await send(envoy.port, { headers: { "x-client-name": 'na/me "x"' } });
  await send(envoy.port);
  await envoy.close();
  expect(JSON.parse(seen.body)).toEqual({ policy: "first", kind: "violation", clientName: 'na/me "x"', clientId: "7" });
  expect(logged.map(({ violation }) => parseViolation(String(violation)))).toEqual([
    { policy: "second", kind: "violation", clientName: 'na/me "x"', clientId: "7" },
    undefined,
  ]);
});
