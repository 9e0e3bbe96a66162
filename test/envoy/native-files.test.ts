/** Files of policies that Envoy runs natively: what is in one counts, and neither its path nor its name. */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { compileNativePolicy } from "../../src/compiler/build-native.js";
import type { GatewayConfig } from "../../src/config/types.js";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import type { PolicyModule } from "../../src/envoy/compile-modules.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import type { Json } from "../../src/envoy/json.js";
import { type RunningEnvoy, startEnvoy } from "../../src/envoy/run-envoy.js";
import { send } from "./support/client.js";
import { configOf, use } from "./support/config.js";
import { nativeLibrary } from "./support/native-library.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const listeners = "type.googleapis.com/envoy.config.listener.v3.Listener";

async function temporary(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What `libsluice` runs of a policy that counts its requests, and uses up its engine's memory for `/memory`. */
async function countingCode(text: string): Promise<Uint8Array> {
  const file = join(await temporary(), "policy.ts");
  await writeFile(
    file,
    `import { definePolicy, Response } from "sluice";
let count = 0;
const kept: unknown[] = [];
export default definePolicy({
  onRequest(request) {
    while (request.path === "/memory") kept.push(new Array(1e4).fill(count));
    return new Response(\`${text} \${++count}\`);
  },
});
`,
  );
  return (await compileNativePolicy(file)).code;
}

interface Place {
  path: string;
  route: string;
}

/** A route for each file. */
async function bootstrapOf(places: readonly Place[]): Promise<Json> {
  const library = await nativeLibrary();
  const config: GatewayConfig = configOf(
    { api: "http://127.0.0.1:9" },
    places.map(({ path, route }) => ({
      match: { pathPrefix: `/${route}` },
      policies: [{ ...use("none"), file: path }],
    })),
  );
  const modules = new Map(places.map(({ path }): [string, PolicyModule] => [path, { path, sluice: true, library }]));
  return envoyBootstrap(config, { modules, caFile: "/etc/ssl/certs/ca-certificates.crt" });
}

async function start(bootstrap: Json): Promise<RunningEnvoy> {
  const envoy = await startEnvoy(bootstrap, { binary: await installEnvoy(cacheDir), concurrency: 1 });
  onTestFinished(() => envoy.close());
  return envoy;
}

it("files of one name in several folders are several, and one content under several names is loaded for each", async () => {
  const [first, second] = await Promise.all([countingCode("first"), countingCode("second")]);
  const folder = await temporary();
  const places = ["a/policy.native", "b/policy.native", "a/other.native"].map((path, index) => ({
    path: join(folder, path),
    route: `${index}`,
  }));
  for (const [index, { path }] of places.entries()) {
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, index === 1 ? second : first);
  }
  const { port } = await start(await bootstrapOf(places));
  const bodies: string[] = [];
  for (const path of ["/0", "/1", "/2", "/0"]) {
    bodies.push((await send(port, { path })).body);
  }
  expect(bodies).toEqual(["first 1", "second 1", "first 1", "first 2"]);
});

/** As a control plane does, by a file: Envoy takes what is moved to its place. */
async function withListeners(
  bootstrap: Json,
): Promise<{ start(): Promise<RunningEnvoy>; update(next: Json): Promise<void> }> {
  const folder = await temporary();
  const path = join(folder, "listeners.json");
  let version = 0;
  const update = async (next: Json): Promise<void> => {
    const { static_resources: resources } = next as { static_resources: { listeners: Json[] } };
    await writeFile(
      `${path}.new`,
      JSON.stringify({
        version_info: `${++version}`,
        resources: resources.listeners.map((listener) => ({ "@type": listeners, ...(listener as object) })),
      }),
    );
    await rename(`${path}.new`, path);
  };
  await update(bootstrap);
  const { static_resources: resources, ...others } = bootstrap as { static_resources: object };
  const dynamic = {
    ...others,
    node: { id: "test", cluster: "test" },
    static_resources: { ...resources, listeners: [] },
    dynamic_resources: { lds_config: { path_config_source: { path } } },
  };
  return { start: () => start(dynamic), update };
}

it("a file that has another content when a configuration comes is loaded anew, also while an engine has just ended", async () => {
  const path = join(await temporary(), "policy.native");
  const place = { path, route: "" };
  await writeFile(path, await countingCode("first"));
  const source = await withListeners(await bootstrapOf([place]));
  const { port, pid } = await source.start();
  expect((await send(port)).body).toBe("first 1");
  const again = await bootstrapOf([{ ...place, route: "again" }]);
  // From then on there is no engine until an exchange wants one.
  await expect.poll(async () => (await send(port, { path: "/memory" })).status).toBe(503);
  await source.update(again);
  await expect.poll(async () => (await send(port, { path: "/again" })).body).toMatch(/^first [12]$/);
  await writeFile(path, await countingCode("second"));
  await source.update(await bootstrapOf([{ ...place, route: "third" }]));
  await expect.poll(async () => (await send(port, { path: "/third" })).body).toBe("second 1");
  expect(() => process.kill(pid, 0)).not.toThrow();
});
