// What the engine is built from, for WebAssembly and for processors alike: pinned sources, a pinned compiler, and the files that the
// tables in src/abi/ give.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
export const quickjsFolder = join(root, "src/engine/quickjs");
export const bridgeFolder = join(root, "src/engine/bridge");
/** What `src/engine/bridge-source.ts` makes of the tables of hostcalls and callbacks. */
const generated = join(bridgeFolder, "generated");
export const limitMilliseconds = 600_000;

export const run = promisify(execFile);

/** The wheel for Linux on x86-64: clang 22, lld and the C library of WASI in one. */
const compiler = {
  name: "ziglang",
  version: "0.17.1",
  hash: "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
};
/** QuickJS-NG 0.17.0 as this source distribution brings it along. */
const sources = {
  name: "quickjs-ng",
  version: "0.17.0.2",
  hash: "43d2e48272208721a7aaea8e3f02d4b9318f12ef20cc4f5421b59d9a470706ef",
};

/** Writes the bridge's generated files, or compares them. @param {boolean} check */
export async function generate(check) {
  const { build: bundle } = await import("esbuild");
  const { outputFiles } = await bundle({
    entryPoints: [join(root, "src/engine/bridge-source.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? []).toString("base64");
  const { generatedSources } = /** @type {typeof import("../src/engine/bridge-source.js")} */ (
    await import(`data:text/javascript;base64,${code}`)
  );
  for (const [name, source] of generatedSources()) {
    const file = join(generated, name);
    if (!check) {
      await writeFile(file, source);
    } else if ((await readFile(file, "utf8")) !== source) {
      throw new Error(`${file} is not what src/abi/ gives.`);
    }
  }
}

/** @param {Uint8Array} bytes */
export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Of what `quickjs.wasm` is made, which is also what its bytecode is of. */
export function quickjsInputs() {
  return hashOfFiles(["build-quickjs.mjs", "quickjs-sources.mjs"], [quickjsFolder, bridgeFolder]);
}

/** @param {readonly string[]} scripts @param {readonly string[]} folders with sources */
export async function hashOfFiles(scripts, folders) {
  const hash = createHash("sha256");
  for (const script of scripts) {
    hash.update(await readFile(join(root, "scripts", script)));
  }
  for (const from of folders) {
    const files = (await readdir(from, { recursive: true })).filter((name) => /\.(?:c|h|txt|patch)$/.test(name)).sort();
    for (const name of files) {
      hash.update(name).update(await readFile(join(from, name)));
    }
  }
  return hash.digest("hex");
}

/** The compiler's caches lie beside it. */
export function compilerEnvironment() {
  const cache = join(root, ".cache/quickjs/zig-cache");
  return { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
}

/** The compiler's path; it is downloaded (100 MB) once. @param {string} python */
export async function installCompiler(python) {
  const home = join(root, ".cache/quickjs", `zig-${compiler.version}`);
  const zig = join(home, "ziglang", "zig");
  if (existsSync(zig)) {
    return zig;
  }
  await mkdir(join(root, ".cache/quickjs"), { recursive: true });
  const temporary = await mkdtemp(`${home}.`);
  try {
    const wheel = await download(python, compiler, temporary, ["--only-binary=:all:"]);
    await run(python, ["-m", "zipfile", "-e", wheel, temporary], { timeout: limitMilliseconds });
    await rm(wheel);
    await chmod(join(temporary, "ziglang", "zig"), 0o755);
    await rename(temporary, home);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return zig;
}

/** A folder with QuickJS's sources and our patches applied. @param {string} python @param {string} temporary */
export async function unpackSources(python, temporary) {
  const archive = await download(python, sources, temporary, ["--no-binary=:all:"]);
  await run(python, ["-m", "tarfile", "-e", archive, temporary], { timeout: limitMilliseconds });
  const source = join(temporary, `quickjs_ng-${sources.version}`, "upstream-quickjs");
  for (const name of (await readdir(join(quickjsFolder, "patches"))).sort()) {
    await run("patch", ["-p1", "--fuzz=0", "-i", join(quickjsFolder, "patches", name)], {
      cwd: source,
      timeout: limitMilliseconds,
    });
  }
  return source;
}

/**
 * The path of a package's file, whose hash pip has compared.
 * @param {string} python @param {{ name: string, version: string, hash: string }} file @param {string} target @param {string[]} options
 */
async function download(python, { name, version, hash }, target, options) {
  const requirements = join(target, "requirements.txt");
  await writeFile(requirements, `${name}==${version} --hash=sha256:${hash}\n`);
  await run(
    python,
    [
      "-m",
      "pip",
      "download",
      "--require-hashes",
      "--no-deps",
      "--disable-pip-version-check",
      "--quiet",
      ...options,
      "-r",
      requirements,
      "-d",
      target,
    ],
    { timeout: limitMilliseconds },
  );
  const found = (await readdir(target)).find((entry) => /\.(?:whl|tar\.gz)$/.test(entry));
  if (found === undefined) {
    throw new Error(`pip downloaded nothing for ${name}.`);
  }
  return join(target, found);
}

export async function findPython() {
  for (const python of ["python3", "python"]) {
    if (
      await run(python, ["-m", "pip", "--version"]).then(
        () => true,
        () => false,
      )
    ) {
      return python;
    }
  }
  throw new Error(
    "QuickJS's sources and the C compiler are downloaded with pip, and neither python3 nor python with pip was found in PATH.",
  );
}
