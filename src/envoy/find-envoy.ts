/** Finds the Envoy that `sluice run` starts. */
import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { SluiceError } from "../errors.js";
import { envoyVersion, installedEnvoy } from "./install-envoy.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const versionLimitMilliseconds = 10_000;

export interface FoundEnvoy {
  binary: string;
  /** As it says itself, such as `1.40.0`. */
  version: string;
  /** It is of the minor version that Sluice is tested with. */
  tested: boolean;
}

/**
 * The Envoy at `given`, or else the first one that is there: `envoy` in PATH, the one in this package's `.cache`.
 *
 * @throws SluiceError `ENVOY_UNAVAILABLE` when there is none, or it does not say its version
 */
export async function findEnvoy(given: string | undefined, path: string | undefined): Promise<FoundEnvoy> {
  const candidates =
    given !== undefined
      ? [given]
      : [...foldersOf(path).map((folder) => join(folder, "envoy")), installedEnvoy(cacheDir)];
  for (const binary of candidates) {
    if (given === undefined && !(await isExecutable(binary))) {
      continue;
    }
    const version = await versionOf(binary);
    return { binary, version, tested: minorOf(version) === minorOf(envoyVersion) };
  }
  throw new SluiceError("ENVOY_UNAVAILABLE", `There is no envoy in PATH, and none at ${installedEnvoy(cacheDir)}.`);
}

function foldersOf(path = ""): string[] {
  return path.split(delimiter).filter((folder) => folder !== "");
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(binary: string): Promise<string> {
  let output: string;
  try {
    output = (await promisify(execFile)(binary, ["--version"], { timeout: versionLimitMilliseconds })).stdout;
  } catch (error) {
    throw new SluiceError("ENVOY_UNAVAILABLE", `${binary} does not run: ${(error as Error).message}`, { cause: error });
  }
  const version = /version: [^/\s]*\/(\d+\.\d+\.\d+[^/\s]*)/.exec(output)?.[1];
  if (version === undefined) {
    throw new SluiceError("ENVOY_UNAVAILABLE", `${binary} is no Envoy: it does not say its version at --version.`);
  }
  return version;
}

function minorOf(version: string): string {
  return version.split(".", 2).join(".");
}
