import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { startEnvoy } from "../../src/envoy/run-envoy.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const setup = { routeUpstream: "api", upstreams: [{ name: "api", address: "127.0.0.1", port: 1 }], policies: [] };

describe("an Envoy process", () => {
  it("is installed once", async () => {
    expect(await installEnvoy(cacheDir)).toBe(await installEnvoy(cacheDir));
  });

  it("takes requests when it has started, and none when it was closed twice", async () => {
    const envoy = await startEnvoy(setup, { binary: await installEnvoy(cacheDir) });
    const url = `http://127.0.0.1:${envoy.port}/`;
    expect((await fetch(url)).status).toBe(503);
    await Promise.all([envoy.close(), envoy.close()]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("says what Envoy said when it does not start", async () => {
    const policies = [{ name: "missing", module: "/nowhere/missing.wasm" }];
    await expect(startEnvoy({ ...setup, policies }, { binary: await installEnvoy(cacheDir) })).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("/nowhere/missing.wasm"),
    });
  });

  it("says so when there is no binary", async () => {
    await expect(startEnvoy(setup, { binary: "/nowhere/envoy" })).rejects.toMatchObject({ code: "ENVOY_UNAVAILABLE" });
  });
});
