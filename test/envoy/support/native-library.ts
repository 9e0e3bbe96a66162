/** The library that runs policies natively: the one that is committed, or another build of it. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { arch } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const buildLimitMilliseconds = 600_000;

/**
 * Its path. `SLUICE_NATIVE_BUILD` names another build than the one for use, `debug` or `sanitize`, which is made where it is not there yet,
 * and not again when its sources have changed.
 */
export async function nativeLibrary(): Promise<string> {
  const kind = process.env["SLUICE_NATIVE_BUILD"];
  if (kind === undefined) {
    return join(root, `packages/envoy-linux-${arch()}/libsluice.so`);
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
