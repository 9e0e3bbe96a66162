/** Modules of other SDKs in Envoy: they get what they get on the embedded gateway. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildThirdPartyModules } from "../../scripts/build-third-party-modules.mjs";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { commonImports, watModule } from "../support/wat-module.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "./support/upstream-server.js";

/** Logs the name of its root context when it is configured. */
const tellsItsRoot = watModule(
  `
  (data (i32.const 0) "plugin_root_id")
  (func (export "proxy_on_configure") (param i32 i32) (result i32)
    (drop (call $property (i32.const 0) (i32.const 14) (i32.const 100) (i32.const 104)))
    (drop (call $log (i32.const 2) (i32.load (i32.const 100)) (i32.load (i32.const 104))))
    (i32.const 1))`,
  {
    imports: `${commonImports} (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))`,
  },
);

let folder: string;
let upstream: UpstreamServer;
let envoy: RunningEnvoy;
const lines: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-foreign-"));
  upstream = await startUpstream((_request, response) => response.end("done"));
  const roots = join(folder, "roots.wasm");
  await writeFile(roots, tellsItsRoot);
  const headers = buildThirdPartyModules()["http_config"]!;
  const config = configOf({ api: `http://127.0.0.1:${upstream.port}` }, [
    { match: { pathPrefix: "/text" }, policies: [use("", { name: "headers", file: headers, config: "plain text" })] },
    { match: { pathPrefix: "/object" }, policies: [use("", { name: "headers", file: headers, config: { a: [1] } })] },
    {
      match: { pathPrefix: "/roots" },
      policies: [use("", { name: "inner", file: roots, rootId: "within" }), use("", { name: "unnamed", file: roots })],
    },
  ]);
  envoy = await startConfig(config, {
    onLine: ({ policy }) => {
      if (policy !== undefined) {
        lines.push(`${policy.name}: ${policy.line}`);
      }
    },
  });
}, 600_000);

afterAll(async () => {
  await envoy?.close();
  await upstream?.close();
  await rm(folder, { recursive: true, force: true });
});

it("their configuration is their own alone: text as it is, the rest as JSON", async () => {
  expect((await send(envoy.port, { path: "/text" })).headers["x-config"]).toBe("plain text");
  expect((await send(envoy.port, { path: "/object" })).headers["x-config"]).toBe('{"a":[1]}');
});

it("their root id is the gateway file's, and empty where it has none", async () => {
  expect((await send(envoy.port, { path: "/roots" })).status).toBe(200);
  expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/: within$/), expect.stringMatching(/: $/)]));
});
