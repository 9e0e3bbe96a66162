import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import binaryen from "binaryen";
import { expect, it, onTestFinished } from "vitest";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { startConfig } from "./support/policies-in-envoy.js";
import { startUpstream } from "./support/upstream-server.js";

/** Lets the first request of every instance pass, and traps at the second. */
const trapping = `(module
  (memory (export "memory") 1)
  (global $requests (mut i32) (i32.const 0))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (global.set $requests (i32.add (global.get $requests) (i32.const 1)))
    (if (i32.gt_u (global.get $requests) (i32.const 1)) (then (unreachable)))
    (i32.const 0))
)`;

it("a module that traps fails its exchange closed, and the next exchanges are served by a new instance", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-trap-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "trapping.wasm");
  const module = binaryen.parseText(trapping);
  await writeFile(file, module.emitBinary());
  module.dispose();
  const upstream = await startUpstream((_request, response) => response.end("served"));
  onTestFinished(() => upstream.close());
  const envoy = await startConfig(
    configOf({ api: `http://127.0.0.1:${upstream.port}` }, [{ policies: [{ ...use(""), file }] }]),
  );
  onTestFinished(() => envoy.close());

  for (const round of [1, 2, 3]) {
    // Until the back-off is over the policy is not there, and nothing passes without it.
    await expect.poll(async () => (await send(envoy.port)).status, { timeout: 20_000, interval: 50 }).toBe(200);
    expect({ round, ...(await send(envoy.port)) }).toMatchObject({ round, status: 503 });
  }
  expect(upstream.seen).toHaveLength(3);
});
