/** Policies as modules, each compiled once in a process. */
import { extname } from "node:path";
import { compilePolicy } from "../../compiler/build-module.js";
import { compileNativePolicy } from "../../compiler/build-native.js";
import { readModule } from "../../compiler/policy-file.js";
import { oncePerFile } from "./once-per-file.js";

/** The module of the policy in a file (absolute path); a policy that is a module already stays what it is. */
export const compiledModule = oncePerFile(
  async (file): Promise<Uint8Array> =>
    extname(file) === ".wasm" ? readModule(file) : (await compilePolicy(file)).wasm,
);

/** What `libsluice` runs of the policy in a file (absolute path). */
export const nativePolicy = oncePerFile((file) => compileNativePolicy(file));
