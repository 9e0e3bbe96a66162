/** The library that runs policies natively, as `node scripts/build-native.mjs` builds it. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { libraryName } from "../../../src/envoy/native/filter.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const buildLimitMilliseconds = 600_000;

/**
 * Its path; it is built where it is not there yet, and not again when its sources have changed. `SLUICE_NATIVE_BUILD` names another build
 * than the one for use: `debug` or `sanitize`.
 */
export async function nativeLibrary(): Promise<string> {
  const kind = process.env["SLUICE_NATIVE_BUILD"];
  const architecture = arch() === "arm64" ? "aarch64" : "x86_64";
  const folder = kind === undefined ? architecture : `${architecture}-${kind}`;
  const path = join(root, ".cache/native", folder, libraryName);
  if (!existsSync(path)) {
    await promisify(execFile)(
      process.execPath,
      [join(root, "scripts/build-native.mjs"), ...(kind === undefined ? [] : [`--${kind}`])],
      { timeout: buildLimitMilliseconds },
    );
  }
  return path;
}
