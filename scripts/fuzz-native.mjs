// Looks for faults in the native engine's memory: `libsluice` under AddressSanitizer and UndefinedBehaviorSanitizer, in a small host
// (scripts/fuzz/native/host.c) that makes up exchanges, heads, bodies, calls, ticks and configurations at random. By hand, after
// `npm run build`; it needs a clang with its sanitizers (Debian: `apt install clang`).
//
//   node scripts/fuzz-native.mjs [--seconds 60] [--seed 1]
//
// What it finds ends it with a report. The same seed makes the same exchanges, but for what depends on time.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  bridgeFolder,
  findPython,
  limitMilliseconds,
  quickjsFolder,
  run,
  sha256,
  unpackSources,
} from "./quickjs-sources.mjs";
import { torsionUnits, unpackTorsion } from "./torsion-sources.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, ".cache/native/fuzz");
const engineFolder = join(root, "src/engine/native");
const hostFolder = join(root, "scripts/fuzz/native");

const { values } = parseArgs({ options: { seconds: { type: "string" }, seed: { type: "string" } } });
const seconds = Number(values.seconds ?? 60);
const seed = Number(values.seed ?? 1);

const { compileNativePolicy } = /** @type {typeof import("../src/compiler/build-native.js")} */ (
  await import(new URL("../dist/compiler/build-native.js", import.meta.url).href)
);
await mkdir(cache, { recursive: true });
const policies = join(cache, "policies.native");
await writeFile(policies, (await compileNativePolicy(join(root, "scripts/fuzz/policies/native.ts"))).code);
const host = spawn(await buildHost(), [policies, String(seed), String(seconds)], {
  stdio: "inherit",
  env: {
    ...process.env,
    // QuickJS's own stack is limited by addresses, which a second stack would have none of.
    ASAN_OPTIONS: "detect_stack_use_after_return=0:allocator_may_return_null=1:abort_on_error=0",
    UBSAN_OPTIONS: "print_stacktrace=1",
  },
});
process.exitCode = await new Promise((resolve) => host.on("exit", (code) => resolve(code ?? 1)));

/** The host's path; it is built where its inputs have changed. */
async function buildHost() {
  const inputs = await Promise.all(
    [
      engineFolder,
      hostFolder,
      bridgeFolder,
      join(bridgeFolder, "generated"),
      quickjsFolder,
      join(quickjsFolder, "patches"),
    ].map(async (folder) => {
      const names = (await readdir(folder)).filter((name) => /\.(?:c|h|patch)$/.test(name)).sort();
      return Promise.all(names.map((name) => readFile(join(folder, name))));
    }),
  );
  const built = join(cache, sha256(Buffer.concat([...inputs.flat(), await readFile(fileURLToPath(import.meta.url))])));
  if (existsSync(built)) {
    return built;
  }
  const temporary = await mkdtemp(join(tmpdir(), "sluice-fuzz-native-"));
  try {
    const python = await findPython();
    const quickjs = await unpackSources(python, temporary);
    const torsion = await unpackTorsion(python, temporary);
    const units = [
      join(engineFolder, "engine.c"),
      join(hostFolder, "host.c"),
      ...torsionUnits.map((name) => join(torsion, "src", `${name}.c`)),
    ];
    await run(
      "clang",
      [
        ...["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"],
        // QuickJS calls functions by pointers of other types, and adds to null pointers.
        "-fno-sanitize=function,pointer-overflow",
        ...["-D_GNU_SOURCE", "-DNDEBUG", "-Wno-everything"],
        ...[engineFolder, quickjs, quickjsFolder, join(torsion, "include")].flatMap((folder) => ["-I", folder]),
        ...units,
        ...["-o", join(temporary, "host"), "-lm", "-lpthread"],
      ],
      { timeout: limitMilliseconds },
    );
    await rename(join(temporary, "host"), built).catch(async () => {
      await writeFile(built, await readFile(join(temporary, "host")), { mode: 0o755 });
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return built;
}
