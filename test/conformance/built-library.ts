/** Where `node scripts/build-native.mjs` puts the library. */
import { arch } from "node:os";
import { join } from "node:path";
import { libraryName } from "../../src/envoy/native/filter.js";

/** `SLUICE_NATIVE_BUILD` names another build than the one for use: `debug` or `sanitize`. */
export function builtLibrary(cacheDir: string): string {
  const kind = process.env["SLUICE_NATIVE_BUILD"];
  const architecture = arch() === "arm64" ? "aarch64" : "x86_64";
  return join(cacheDir, "native", kind === undefined ? architecture : `${architecture}-${kind}`, libraryName);
}
