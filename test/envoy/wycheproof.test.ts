/** Cryptography of policies in Envoy: of modules by its own functions or theirs, and of native ones by those of `libsluice`. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runsNatively } from "../../scripts/native-platform.mjs";
import type { RunningEnvoy } from "../../src/envoy/run-envoy.js";
import { files, policyFile, wrongOnes } from "../wycheproof/vectors.js";
import { send } from "./support/client.js";
import { startPolicies } from "./support/policies-in-envoy.js";

describe.each([
  { kind: "modules", native: false },
  ...(runsNatively ? [{ kind: "native policies", native: true }] : []),
])("Wycheproof's vectors in Envoy with $kind", ({ native }) => {
  let envoy: RunningEnvoy;
  beforeAll(async () => {
    envoy = await startPolicies(
      {
        routeUpstream: "api",
        upstreams: [{ name: "api", address: "127.0.0.1", port: 9 }],
        policies: [{ name: "wycheproof", file: policyFile, config: {} }],
        // Slow ones take a good part of the usual limit, and other tests run at the same time.
        callbackMilliseconds: 5_000,
      },
      { native },
    );
  }, 300_000);
  afterAll(() => envoy?.close());

  it.each(files)("%s", { timeout: 60_000 }, async (file) => {
    const ask = async (text: string): Promise<string> => (await send(envoy.port, { method: "POST", body: text })).body;
    const { count, wrong } = await wrongOnes(file, ask);
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThanOrEqual(10);
  });
});
