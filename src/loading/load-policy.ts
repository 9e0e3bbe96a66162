import { extname } from "node:path";
import { type CompiledPolicy, compilePolicy } from "./compiled-policy.js";
import type { LoadedPolicy } from "./loaded-policy.js";
import { loadModulePolicy } from "./module-policy.js";

/**
 * Makes the policy in `file` ready: a module where its name ends in `.wasm`, else a source, which is bundled.
 *
 * @throws SluiceError what `loadModulePolicy` and `compilePolicy` throw
 */
export function loadPolicy(file: string): Promise<LoadedPolicy | CompiledPolicy> {
  return extname(file) === ".wasm" ? loadModulePolicy(file) : compilePolicy(file);
}
