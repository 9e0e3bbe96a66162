import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import { findEnvoy } from "../../src/envoy/find-envoy.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { startEnvoy } from "../../src/envoy/run-envoy.js";
import { singleRouteConfig } from "../../src/gateway/single-route.js";
import { isRunning } from "./support/is-running.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const config = singleRouteConfig({ upstream: "http://127.0.0.1:1" });
const bootstrap = envoyBootstrap(config, { modules: new Map(), caFile: "" });

describe("an Envoy process", () => {
  it("is installed once", async () => {
    expect(await installEnvoy(cacheDir)).toBe(await installEnvoy(cacheDir));
  });

  it("takes requests when it has started, and none when it was closed twice", async () => {
    const envoy = await startEnvoy(bootstrap, { binary: await installEnvoy(cacheDir) });
    const url = `http://127.0.0.1:${envoy.port}/`;
    expect((await fetch(url)).status).toBe(502);
    await Promise.all([envoy.close(), envoy.close()]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("says what Envoy said when it does not start", async () => {
    const route = {
      ...config.routes[0]!,
      policies: [{ file: "/p.ts", name: "p", config: {}, onError: "deny", partialRequests: "allow" } as const],
    };
    const missing = envoyBootstrap(
      { ...config, routes: [route] },
      { modules: new Map([["/p.ts", { path: "/nowhere/missing.wasm", sluice: true }]]), caFile: "" },
    );
    await expect(startEnvoy(missing, { binary: await installEnvoy(cacheDir) })).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("/nowhere/missing.wasm"),
    });
  });

  it("says what to do where it was built without what runs modules", async () => {
    const route = {
      ...config.routes[0]!,
      policies: [{ file: "/p.ts", name: "p", config: {}, onError: "deny", partialRequests: "allow" } as const],
    };
    const modules = new Map([["/p.ts", { path: fileURLToPath(import.meta.url), sluice: true }]]);
    const text = JSON.stringify(envoyBootstrap({ ...config, routes: [route] }, { modules, caFile: "" }));
    // A runtime that this build leaves out, as others leave out V8.
    const lacking = JSON.parse(
      text.replace("envoy.wasm.runtime.v8", "envoy.wasm.runtime.wasmtime"),
    ) as typeof bootstrap;
    await expect(startEnvoy(lacking, { binary: await installEnvoy(cacheDir) })).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("was built without V8, which runs policies: take an Envoy that has it"),
    });
  });

  it("says so when it cannot listen", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const taken = envoyBootstrap(
      { ...config, listener: { ...config.listener, port } },
      { modules: new Map(), caFile: "" },
    );
    await expect(startEnvoy(taken, { binary: await installEnvoy(cacheDir) })).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("Address already in use"),
    });
  });

  it("says so when there is no binary", async () => {
    await expect(startEnvoy(bootstrap, { binary: "/nowhere/envoy" })).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
    });
  });
});

describe("a guarded process", () => {
  it("ends when the process that started it is killed", async () => {
    // In a process of its own, which starts `sleep`, tells its id and is killed.
    const module = fileURLToPath(new URL("../../dist/envoy/guarded-process.js", import.meta.url));
    const script = `import { startGuarded } from ${JSON.stringify(module)}; console.log(startGuarded("sleep", ["600"]).pid);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(text.toString());
    expect(isRunning(pid)).toBe(true);
    parent.kill("SIGKILL");
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false);
  });
});

describe("finding Envoy", () => {
  it("takes the one that is named, then PATH, then the cache", async () => {
    const installed = await installEnvoy(cacheDir);
    const found = { version: "1.40.0", tested: true };
    expect(await findEnvoy(installed, "")).toEqual({ binary: installed, ...found });
    expect(await findEnvoy(undefined, "")).toMatchObject({
      binary: expect.stringMatching(/\.cache\/envoy\/1\.40\.0\/envoy$/),
      ...found,
    });
    const folder = installed.slice(0, installed.lastIndexOf("/"));
    expect(await findEnvoy(undefined, `/nowhere:${folder}`)).toEqual({ binary: `${folder}/envoy`, ...found });
  });

  it("refuses what is not there, and what is no Envoy", async () => {
    await expect(findEnvoy("/nowhere/envoy", "")).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("ENOENT"),
    });
    await expect(findEnvoy("/bin/true", "")).rejects.toMatchObject({
      code: "ENVOY_UNAVAILABLE",
      message: expect.stringContaining("is no Envoy"),
    });
  });
});
