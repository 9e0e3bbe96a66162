// Builds src/engine/quickjs/quickjs.wasm, QuickJS and the bridge of compiled policies, from pinned sources with a pinned compiler:
//
//   node scripts/build-quickjs.mjs            after a change in src/engine/quickjs, src/engine/bridge, or src/abi's tables
//   node scripts/build-quickjs.mjs --check    fails unless it comes out byte for byte as it is committed
//   node scripts/build-quickjs.mjs --inputs   fails when something it is made of has changed since; needs nothing installed
//
// The result is committed, so that nobody who installs or builds Sluice needs a C compiler. See docs/dependencies.md.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "src/engine/quickjs");
const output = join(folder, "quickjs.wasm");
const record = join(folder, "quickjs.json");
const bridge = join(root, "src/engine/bridge");
/** What `src/engine/bridge-source.ts` makes of the tables of hostcalls and callbacks. */
const generated = join(bridge, "generated");

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

const compilerFlags = [
  "-O3",
  "-D_GNU_SOURCE",
  "-DNDEBUG",
  "-fvisibility=hidden",
  "-fno-sanitize=all",
  "-Wno-everything",
  // The heap is ours (malloc.c): the compiler must not make a call of calloc out of calloc.
  "-fno-builtin-malloc",
  "-fno-builtin-calloc",
];
/** Policies' stack: QuickJS keeps to 64 KiB of it (bridge/build-time.c), its compiler takes more at the build. */
const stackBytes = 1 << 20;
const limitMilliseconds = 600_000;

const run = promisify(execFile);
const mode = process.argv[2] ?? "";

if (!["", "--check", "--inputs"].includes(mode)) {
  fail(`Unknown option ${mode}: --check or --inputs.`);
} else if (mode === "--inputs") {
  await checkInputs();
} else {
  await build(mode === "--check");
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

async function checkInputs() {
  const { inputs, wasm } = /** @type {{ inputs: string, wasm: string }} */ (JSON.parse(await readFile(record, "utf8")));
  if (inputs !== (await hashOfInputs())) {
    fail("What quickjs.wasm is made of has changed since it was built: run node scripts/build-quickjs.mjs");
  } else if (wasm !== sha256(await readFile(output))) {
    fail("src/engine/quickjs/quickjs.wasm is not what its record says: run node scripts/build-quickjs.mjs");
  }
}

/** @param {boolean} check */
async function build(check) {
  const temporary = await mkdtemp(join(tmpdir(), "sluice-quickjs-"));
  try {
    await generate(check);
    const python = await findPython();
    const zig = await installCompiler(python);
    const source = await unpackSources(python, temporary);
    const built = join(temporary, "quickjs.wasm");
    await compile(zig, source, built);
    const bytes = await readFile(built);
    if (!check) {
      await cp(built, output);
      await writeFile(
        record,
        `${JSON.stringify({ inputs: await hashOfInputs(), wasm: sha256(bytes) }, undefined, 2)}\n`,
      );
    } else if (!bytes.equals(await readFile(output))) {
      fail("src/engine/quickjs/quickjs.wasm is not what its sources give.");
    }
    console.log(`quickjs.wasm: ${bytes.length} bytes, sha256 ${sha256(bytes)}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Writes the bridge's generated files, or compares them. @param {boolean} check */
async function generate(check) {
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
      fail(`${file} is not what src/abi/ gives.`);
    }
  }
}

/** @param {string} zig @param {string} source @param {string} target */
async function compile(zig, source, target) {
  const cache = join(root, ".cache/quickjs/zig-cache");
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  const object = `${target}.o`;
  const warm = await functionsIn("warm-functions.txt");
  const attributes = [
    ...[...(await functionsIn("hot-functions.txt")), ...warm].map((name) => `-force-remove-attribute=${name}:minsize`),
    ...warm.map((name) => `-force-attribute=${name}:optsize`),
    ...(await functionsIn("cold-functions.txt")).map((name) => `-force-attribute=${name}:noinline`),
  ].flatMap((option) => ["-mllvm", option]);
  await run(
    zig,
    [
      "cc",
      "-target",
      "wasm32-wasi",
      "-c",
      join(folder, "engine.c"),
      "-o",
      object,
      "-I",
      source,
      "-I",
      folder,
      ...compilerFlags,
      ...attributes,
    ],
    { env, timeout: limitMilliseconds },
  );
  await run(
    zig,
    [
      "cc",
      "-target",
      "wasm32-wasi",
      "-mexec-model=reactor",
      "-nostartfiles",
      object,
      "-o",
      target,
      // What zig adds of C's library is compiled for size as well.
      "-Os",
      "-s",
      "-Wl,--no-entry",
      "-Wl,--export=__stack_pointer",
      "-Wl,-z",
      `-Wl,stack-size=${stackBytes}`,
    ],
    { env, timeout: limitMilliseconds },
  );
}

/** @param {string} list */
async function functionsIn(list) {
  const text = await readFile(join(folder, list), "utf8");
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

async function hashOfInputs() {
  const hash = createHash("sha256").update(await readFile(fileURLToPath(import.meta.url)));
  for (const from of [folder, bridge]) {
    const files = (await readdir(from, { recursive: true })).filter((name) => /\.(?:c|h|txt|patch)$/.test(name)).sort();
    for (const name of files) {
      hash.update(name).update(await readFile(join(from, name)));
    }
  }
  return hash.digest("hex");
}

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The compiler's path; it is downloaded (100 MB) once. @param {string} python */
async function installCompiler(python) {
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
async function unpackSources(python, temporary) {
  const archive = await download(python, sources, temporary, ["--no-binary=:all:"]);
  await run(python, ["-m", "tarfile", "-e", archive, temporary], { timeout: limitMilliseconds });
  const source = join(temporary, `quickjs_ng-${sources.version}`, "upstream-quickjs");
  for (const name of (await readdir(join(folder, "patches"))).sort()) {
    await run("patch", ["-p1", "--fuzz=0", "-i", join(folder, "patches", name)], {
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

async function findPython() {
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
