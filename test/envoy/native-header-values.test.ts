/** Empty values of headers where Envoy runs policies natively: its interface takes them for none where a policy edits what passes, only there. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const edits = [
  { edit: "set", name: "x-set", value: "" },
  { edit: "append", name: "x-more", value: "" },
  { edit: "append", name: "x-new", value: "" },
];
let upstream: UpstreamServer;
let envoy: RunningEnvoy;

beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.writeHead(200, { "x-set": "a", "x-kept": "" }).end());
  const editing = use("../conformance/policies/edit-headers.ts", { config: { request: edits, response: edits } });
  const empty = use("policies/empty-values.ts", { name: "empty" });
  const api = `http://127.0.0.1:${upstream.port}`;
  envoy = await startConfig(
    configOf({ api }, [{ match: { path: "/empty" }, policies: [empty] }, { policies: [editing] }]),
    { native: true },
  );
});

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
});

it("a header that a policy sets to one is removed, a further line is not added, and the log says so once", async () => {
  for (let times = 0; times < 2; times++) {
    const { headers } = await send(envoy.port, { headers: { "x-set": "a", "x-more": "b", "x-kept": "" } });
    expect(headers).toMatchObject({ "x-kept": "" });
    expect(headers).not.toHaveProperty("x-set");
    const { headers: seen } = upstream.seen.at(-1)!;
    expect(seen).toMatchObject({ "x-more": "b", "x-kept": "" });
    expect(Object.keys(seen)).not.toContain("x-set");
    expect(Object.keys(seen)).not.toContain("x-new");
  }
  expect(envoy.log.filter((line) => line.includes("HEADER_EMPTY"))).toEqual([
    expect.stringMatching(/^warning .*HEADER_EMPTY: .* told once: x-set$/),
  ]);
});

it("a policy reads those of others, and they stay in what it calls and answers", async () => {
  const { headers, body } = await send(envoy.port, { path: "/empty", headers: { "x-kept": "" } });
  expect(headers, envoy.log.join("\n")).toMatchObject({ "x-own": "" });
  expect(JSON.parse(body)).toEqual({ has: true, value: "", called: "" });
  expect(upstream.seen.at(-1)!.headers).toMatchObject({ "x-called": "" });
});
