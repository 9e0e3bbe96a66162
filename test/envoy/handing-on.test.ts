/** What policies hand on in an Envoy: the caller to other policies, metrics to operators. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

let upstream: UpstreamServer;
let envoy: RunningEnvoy;
const lines: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("ok"));
  const policies = [
    use("policies/authenticate.ts", { name: "authenticate" }),
    use("policies/count-callers.ts", { name: "count-callers" }),
  ];
  const config = configOf({ backend: `http://127.0.0.1:${upstream.port}` }, [
    { name: "forth", match: { pathPrefix: "/forth" }, policies },
    { name: "back", match: { pathPrefix: "/back" }, policies: policies.toReversed() },
  ]);
  envoy = await startConfig(config, { onLine: (line) => lines.push(line.policy?.line ?? line.message) });
});

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

const request = (path: string, headers: Record<string, string> = {}) => send(envoy.port, { path, headers });
const callersUpstream = () => upstream.seen.map(({ headers }) => headers["x-caller"]);

it("the caller is known to the policies behind the one that says it, until the end, and forgotten silently", async () => {
  upstream.seen.length = 0;
  const answers = [
    await request("/forth", { "x-user": "ada" }),
    await request("/forth"),
    await request("/forth", { "x-user": "eve", "x-forget": "1" }),
  ];
  expect(callersUpstream()).toEqual(["ada app read", undefined, undefined]);
  expect(answers.map(({ headers }) => headers["x-called-by"])).toEqual(["ada", "nobody", "nobody"]);
  await expect
    .poll(() => lines.filter((line) => line.includes('"done"')), { timeout: 20_000 })
    .toEqual([
      expect.stringContaining('"caller":"ada"'),
      expect.stringContaining('"caller":"nobody"'),
      expect.stringContaining('"caller":"nobody"'),
    ]);
  expect(lines.join("\n")).not.toContain("AUTHENTICATION");
});

it("the caller is not known to the policies in front, except in the response", async () => {
  upstream.seen.length = 0;
  const { headers } = await request("/back", { "x-user": "bob" });
  expect(callersUpstream()).toEqual([undefined]);
  expect(headers["x-called-by"]).toBe("bob");
});

it("metrics stand in /stats, with their labels in their names", async () => {
  const before = await countOf("caller_requests;policy=count-callers;caller=zoe;kind=PUT");
  for (let times = 0; times < 2; times++) {
    await send(envoy.port, { method: "PUT", path: "/forth", headers: { "x-user": "zoe" } });
  }
  const after = await countOf("caller_requests;policy=count-callers;caller=zoe;kind=PUT");
  expect([before, after]).toEqual([undefined, 2]);
  expect(await countOf("callers_ready;policy=count-callers")).toBe(1);
});

it("metrics have the policy as a label where Prometheus reads them, and histograms have values", async () => {
  await request("/forth", { "x-user": "zoe" });
  await expect
    .poll(() => envoy.stats("^wasmcustom", "prometheus"), { timeout: 20_000 })
    .toMatch(/^caller_name_length_count\{policy="count-callers"\} [1-9]/m);
});

/** A counter's or gauge's value as an operator sees it. */
async function countOf(name: string): Promise<number | undefined> {
  const line = (await envoy.stats("^wasmcustom")).split("\n").find((text) => text.startsWith(`wasmcustom.${name}: `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
}
