/** Compiles policies and runs them in a real Envoy. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compilePolicy } from "../../../src/compiler/build-module.js";
import type { EnvoyPolicy, EnvoySetup } from "../../../src/envoy/envoy-config.js";
import { installEnvoy } from "../../../src/envoy/install-envoy.js";
import { startEnvoy } from "../../../src/envoy/run-envoy.js";
import type { RunningEnvoy } from "../../../src/envoy/run-envoy.js";

const cacheDir = fileURLToPath(new URL("../../../.cache/", import.meta.url));

/** Modules by the file of their policy: compiling takes longer than starting Envoy. */
const compiled = new Map<string, Promise<Uint8Array>>();

/** A policy by its source. */
export type PolicyUse = Omit<EnvoyPolicy, "module"> & { file: string };

/** Starts an Envoy with these policies on its one route. The caller closes it. */
export async function startPolicies(setup: Omit<EnvoySetup, "policies"> & { policies: PolicyUse[] }): Promise<RunningEnvoy> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-modules-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const binary = await installEnvoy(cacheDir);
    const modules = new Map<string, string>();
    for (const { file } of setup.policies) {
      if (modules.has(file)) continue;
      const path = join(folder, `${modules.size}.wasm`);
      await writeFile(path, await compileOnce(file));
      modules.set(file, path);
    }
    const policies = setup.policies.map(({ file, ...use }) => ({ ...use, module: modules.get(file)! }));
    const envoy = await startEnvoy({ ...setup, policies }, { binary });
    return { ...envoy, close: () => envoy.close().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

function compileOnce(file: string): Promise<Uint8Array> {
  let module = compiled.get(file);
  if (module === undefined) {
    module = compilePolicy(file, { cacheDir }).then(({ wasm }) => wasm);
    compiled.set(file, module);
  }
  return module;
}
