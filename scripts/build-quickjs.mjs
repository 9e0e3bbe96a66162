// Builds src/engine/quickjs/quickjs.wasm, QuickJS and the bridge of compiled policies, from pinned sources with a pinned compiler:
//
//   node scripts/build-quickjs.mjs            after a change in src/engine/quickjs, src/engine/bridge, or src/abi's tables
//   node scripts/build-quickjs.mjs --check    fails unless it comes out byte for byte as it is committed
//   node scripts/build-quickjs.mjs --inputs   fails when something it is made of has changed since; needs nothing installed
//
// The result is committed, so that nobody who installs or builds Sluice needs a C compiler. See docs/dependencies.md.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  compilerEnvironment,
  findPython,
  quickjsFolder as folder,
  generate,
  installCompiler,
  limitMilliseconds,
  quickjsInputs,
  run,
  sha256,
  unpackSources,
} from "./quickjs-sources.mjs";

const output = join(folder, "quickjs.wasm");
const record = join(folder, "quickjs.json");

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
/** Policies' stack: QuickJS keeps to 64 KiB of it (bridge/wasm.h), its compiler takes more at the build. */
const stackBytes = 1 << 20;

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
  if (inputs !== (await quickjsInputs())) {
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
        `${JSON.stringify({ inputs: await quickjsInputs(), wasm: sha256(bytes) }, undefined, 2)}\n`,
      );
    } else if (!bytes.equals(await readFile(output))) {
      fail("src/engine/quickjs/quickjs.wasm is not what its sources give.");
    }
    console.log(`quickjs.wasm: ${bytes.length} bytes, sha256 ${sha256(bytes)}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @param {string} zig @param {string} source @param {string} target */
async function compile(zig, source, target) {
  const env = compilerEnvironment();
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
