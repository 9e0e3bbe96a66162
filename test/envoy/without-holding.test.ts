/** Policies where Envoy has no `allow_on_headers_stop_iteration`, as in Istio and Envoy Gateway, whose manifests say `holdsHeads: false`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import type { Json } from "../../src/envoy/json.js";
import { manifests } from "../../src/envoy/manifests.js";
import { type RunningEnvoy, startEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { copyModule } from "./support/modules.js";
import { policiesConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

const file = fileURLToPath(new URL("./policies/judge-body.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
/** What both systems have where nobody sets more. */
const bufferLimitBytes = 32_768;

let folder: string;
let upstream: UpstreamServer;
let envoy: RunningEnvoy;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  upstream = await startUpstream((_request, response) => response.end("done"));
  const config = policiesConfig({
    routeUpstream: "api",
    bufferLimitBytes,
    upstreams: [{ name: "api", address: "127.0.0.1", port: upstream.port }],
    policies: [{ name: "judge-body", file, partialRequests: "prevent" }],
  });
  const modules = new Map([[file, await copyModule(file, join(folder, "judge-body.wasm"))]]);
  const [manifest] = await manifests("istio", config, modules, {
    modulesUrl: "file:///",
    gateway: "gateway",
    istioKind: "WasmPlugin",
  });
  const { pluginConfig } = (manifest as { spec: { pluginConfig: object } }).spec;
  const bootstrap = JSON.parse(
    JSON.stringify(envoyBootstrap(config, { modules, caFile: "/etc/ssl/certs/ca-certificates.crt" })),
    (key, value: unknown) => {
      if (key === "allow_on_headers_stop_iteration") {
        return false;
      }
      return key === "configuration" ? { ...(value as object), value: JSON.stringify(pluginConfig) } : value;
    },
  ) as Json;
  envoy = await startEnvoy(bootstrap, { binary: await installEnvoy(cacheDir), concurrency: 1 });
});

beforeEach(() => {
  upstream.seen.length = 0;
});

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

const post = (body: string, headers: Record<string, string> = { authorization: "x" }) =>
  send(envoy.port, { method: "POST", body, headers });

it("a request that is refused by its head reaches no upstream", async () => {
  expect((await post("a", {})).status).toBe(401);
  expect(upstream.seen).toEqual([]);
});

it("a body is gathered and judged, and goes on whole", async () => {
  expect((await post("harmless")).status).toBe(200);
  expect(upstream.seen.map(({ body }) => String(body))).toEqual(["harmless"]);
  const refused = await post("this is forbidden");
  expect([refused.status, refused.body]).toEqual([403, "forbidden"]);
});

it("a body larger than Envoy buffers is answered 413, and nothing hangs", async () => {
  expect((await post("a".repeat(bufferLimitBytes))).status).toBe(200);
  expect((await post("a".repeat(bufferLimitBytes + 1))).status).toBe(413);
});

it("what needs a held head fails closed, and the log says why", async () => {
  expect((await post("a", { authorization: "x", "x-edit": "1" })).status).toBe(500);
  await expect.poll(() => envoy.log.filter((line) => line.includes("HOLD_UNAVAILABLE"))).toHaveLength(1);
});
