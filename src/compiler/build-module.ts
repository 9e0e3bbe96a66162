/** A policy's source becomes one proxy-wasm module. */
import { fileURLToPath } from "node:url";
import { buildEngine } from "../engine/build-engine.js";
import { snapshotModule } from "../engine/snapshot.js";
import { SluiceError } from "../errors.js";
import { bundlePolicy } from "./bundle.js";
import { createStackMapper } from "./stack-mapper.js";

const defaultCacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/**
 * Compiles the policy in `file` to a module that Envoy runs.
 *
 * @param options.cacheDir Where the engine is kept between builds; the first build takes some 20 s. Default: `.cache` of this
 *   package.
 * @throws SluiceError the errors of `bundlePolicy`; POLICY_BUNDLE when the policy throws while it is loaded.
 */
export async function compilePolicy(file: string, options: { cacheDir?: string } = {}): Promise<Uint8Array> {
  const [{ code, map }, engine] = await Promise.all([bundlePolicy(file), buildEngine(options.cacheDir ?? defaultCacheDir)]);
  const filename = "policy.js";
  try {
    return await snapshotModule(engine, withoutSourceMap(code), filename);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `${file}: the policy cannot be loaded: ${createStackMapper(map, filename)(reason)}`;
    throw new SluiceError("POLICY_BUNDLE", message, { cause: error });
  }
}

/** Nothing in a module reads the source map, which is several times the size of the code. */
function withoutSourceMap(code: string): string {
  return code.replace(/\n\/\/# sourceMappingURL=[^\n]*\n?$/, "\n");
}
