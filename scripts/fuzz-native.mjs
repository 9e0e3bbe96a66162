// Looks for faults in the native engine's memory: `libsluice` under AddressSanitizer and UndefinedBehaviorSanitizer, in a small host
// (scripts/fuzz/native/host.c) that makes up exchanges, heads, bodies, calls, ticks and configurations at random. By hand, after
// `npm run build`; it needs a clang with its sanitizers (Debian: `apt install clang`).
//
//   node scripts/fuzz-native.mjs [--seconds 60] [--seed 1] [--threads]
//
// `--threads`: two workers beside the main thread, under ThreadSanitizer.
//
// What it finds ends it with a report. The same seed makes the same exchanges, but for what depends on time.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  findPython,
  hashOfFiles,
  quickjsFolder,
  quickjsInputs,
  run,
  sha256,
  unpackSources,
} from "./quickjs-sources.mjs";
import { torsionUnits, unpackTorsion } from "./torsion-sources.mjs";

/** With sanitizers the engine takes minutes. */
const buildLimitMilliseconds = 1_800_000;
const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, ".cache/native/fuzz");
const engineFolder = join(root, "src/engine/native");
const hostFolder = join(root, "scripts/fuzz/native");

// QuickJS calls functions by pointers of other types, and adds to null pointers.
const exceptions = ["-fno-sanitize=function,pointer-overflow", "-fno-sanitize-recover=undefined"];

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" }, threads: { type: "boolean", default: false } },
});
/** Of everything; another one's arithmetic is large, and has no threads. */
const sanitizers = values.threads
  ? { own: "-fsanitize=thread", torsion: "-fsanitize=thread", workers: 2 }
  : { own: "-fsanitize=address,undefined", torsion: "-fsanitize=address", workers: 0 };
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? 1);

const { compileNativePolicy } = /** @type {typeof import("../src/compiler/build-native.js")} */ (
  await import(new URL("../dist/compiler/build-native.js", import.meta.url).href)
);
await mkdir(cache, { recursive: true });
const policies = await Promise.all(
  ["native", "native-brief"].map(async (name) => {
    const path = join(cache, `${name}.native`);
    await writeFile(path, (await compileNativePolicy(join(root, `scripts/fuzz/policies/${name}.ts`))).code);
    return path;
  }),
);
const host = spawn(await buildHost(), [String(seed), String(seconds), String(sanitizers.workers), ...policies], {
  stdio: "inherit",
  env: {
    ...process.env,
    // QuickJS's own stack is limited by addresses, which a second stack would have none of.
    ASAN_OPTIONS: "detect_stack_use_after_return=0:allocator_may_return_null=1:abort_on_error=0",
    UBSAN_OPTIONS: "print_stacktrace=1",
    TSAN_OPTIONS: "halt_on_error=1:second_deadlock_stack=1",
  },
});
process.exitCode = await new Promise((resolve) => host.on("exit", (code) => resolve(code ?? 1)));

/** The host's path; it is built where its inputs have changed. */
async function buildHost() {
  const stamp = await quickjsInputs();
  const own = await hashOfFiles(["fuzz-native.mjs", "torsion-sources.mjs"], [engineFolder, hostFolder]);
  const built = join(cache, `host-${sha256(Buffer.from(`${stamp} ${own} ${sanitizers.own}`)).slice(0, 16)}`);
  if (existsSync(built)) {
    return built;
  }
  const temporary = await mkdtemp(join(tmpdir(), "sluice-fuzz-native-"));
  try {
    const python = await findPython();
    const quickjs = await unpackSources(python, temporary);
    const torsion = await unpackTorsion(python, temporary);
    const folders = [engineFolder, quickjs, quickjsFolder, join(torsion, "include")];
    const flags = [`-DENGINE_STAMP="${stamp.slice(0, 16)}"`, ...folders.flatMap((folder) => ["-I", folder])];
    /** @param {string} file @param {string} sanitizer @param {string} object */
    const compile = async (file, sanitizer, object) => {
      const common = ["-O1", "-g", "-fno-omit-frame-pointer", "-D_GNU_SOURCE", "-DNDEBUG", "-Wno-everything"];
      await run("clang", [...common, sanitizer, ...exceptions, ...flags, "-c", file, "-o", object], {
        timeout: buildLimitMilliseconds,
      });
      return object;
    };
    const objects = [
      await compile(join(engineFolder, "engine.c"), sanitizers.own, join(temporary, "engine.o")),
      await compile(join(hostFolder, "host.c"), sanitizers.own, join(temporary, "host.o")),
      ...(await Promise.all(
        torsionUnits.map((name) =>
          compile(join(torsion, "src", `${name}.c`), sanitizers.torsion, join(temporary, `${name}.o`)),
        ),
      )),
    ];
    const host = join(temporary, "host");
    await run("clang", [sanitizers.own, ...objects, "-o", host, "-lm", "-lpthread"], {
      timeout: buildLimitMilliseconds,
    });
    await cp(host, built);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return built;
}
