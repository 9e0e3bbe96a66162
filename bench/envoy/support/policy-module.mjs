// The one place in which benchmarks compile a policy.
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

// Not a plain import: types come from the sources, and dist/ need not be there when they are checked.
const built = new URL("../../../dist/compiler/build-module.js", import.meta.url).href;
const compiler = /** @type {Promise<typeof import("../../../src/compiler/build-module.js")>} */ (import(built));
const root = fileURLToPath(new URL("../../../", import.meta.url));

/** @param {string} [checkout] with a build @returns {Promise<typeof import("../../../src/compiler/build-native.js")>} */
function nativeCompilerOf(checkout = root) {
  return import(join(resolve(checkout), "dist/compiler/build-native.js"));
}

/**
 * Compiles the policy to `path`. Needs a build (npm run build).
 * @param {URL} policy @param {string} path
 */
export async function compileTo(policy, path) {
  const { wasm } = await compileFile(policy);
  await writeFile(path, wasm);
}

/**
 * What `libsluice` runs of the policy, as another checkout compiles it where one is given.
 * @param {URL} policy @param {string} path @param {string} [checkout]
 */
export async function compileNativeTo(policy, path, checkout) {
  const { compileNativePolicy } = await nativeCompilerOf(checkout);
  await writeFile(path, (await compileNativePolicy(policy.pathname)).code);
}

/**
 * The same of several policies.
 * @param {readonly import("../../../src/config/located-policy.js").LocatedPolicy[]} policies @param {string} path @param {string} [checkout]
 */
export async function compileAllNativeTo(policies, path, checkout) {
  const { compileNative } = await nativeCompilerOf(checkout);
  await writeFile(path, (await compileNative(policies)).code);
}

/**
 * The module of a policy, with the source map of its bundle.
 * @param {URL} policy @param {import("../../../src/compiler/tried-module.js").CompileOptions} [options]
 */
export async function compileFile(policy, options) {
  const { compilePolicy } = await compiler;
  return compilePolicy(policy.pathname, options);
}
