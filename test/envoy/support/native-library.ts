/** The library that runs policies natively, and the Envoy that loads it: the one that is committed, another build of it, or arm64's, emulated. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installEnvoy } from "../../../src/envoy/install-envoy.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const buildLimitMilliseconds = 600_000;
const kind = process.env["SLUICE_NATIVE_BUILD"];

/**
 * The library's path. `SLUICE_NATIVE_BUILD` names another build than the one for use: one of those of scripts/build-native.mjs, which is made
 * where it is not there yet, and not again when its sources have changed; or `arm64`, see scripts/try-arm64.mjs.
 */
export async function nativeLibrary(): Promise<string> {
  if (kind === undefined || kind === "arm64") {
    return join(root, `packages/envoy-linux-${kind ?? arch()}/libsluice.so`);
  }
  const architecture = arch() === "arm64" ? "aarch64" : "x86_64";
  const path = join(root, `.cache/native/${architecture}-${kind}/libsluice.so`);
  if (!existsSync(path)) {
    await promisify(execFile)(process.execPath, [join(root, "scripts/build-native.mjs"), `--${kind}`], {
      timeout: buildLimitMilliseconds,
    });
  }
  return path;
}

/** The path of the Envoy that has the processor of that library. */
export async function nativeEnvoy(): Promise<string> {
  return kind === "arm64" ? join(root, ".cache/arm64/envoy") : installEnvoy(join(root, ".cache/"));
}
