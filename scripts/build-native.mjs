// Builds libsluice.so, what Envoy loads to run policies natively, from the engine's pinned sources with its pinned compiler:
//
//   node scripts/build-native.mjs                        for this machine
//   node scripts/build-native.mjs --arch aarch64         for another one: x86_64 or aarch64
//   node scripts/build-native.mjs --debug                quicker, with symbols and without optimisation
//   node scripts/build-native.mjs --sanitize             with symbols, and an end at undefined behaviour
//
// It lies in .cache/native/<architecture>/, the last two in folders of their own. See src/engine/native/engine.c.
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  compilerEnvironment,
  findPython,
  generate,
  installCompiler,
  limitMilliseconds,
  quickjsFolder,
  run,
  unpackSources,
} from "./quickjs-sources.mjs";
import { torsionUnits, unpackTorsion } from "./torsion-sources.mjs";

const folder = fileURLToPath(new URL("../src/engine/native", import.meta.url));
const cache = fileURLToPath(new URL("../.cache/native", import.meta.url));

/** Envoy's own images have no older C library. */
const glibc = "2.28";
const architectures = ["x86_64", "aarch64"];

const { values } = parseArgs({
  options: { arch: { type: "string" }, debug: { type: "boolean" }, sanitize: { type: "boolean" } },
});
const architecture = values.arch ?? (arch() === "arm64" ? "aarch64" : "x86_64");
const kind = values.sanitize ? "-sanitize" : values.debug ? "-debug" : "";

const kinds = {
  "": ["-O3", "-DNDEBUG", "-fno-sanitize=all", "-s"],
  "-debug": ["-O1", "-g", "-DNDEBUG", "-fno-sanitize=all"],
  // QuickJS calls functions by pointers of other types, and adds to null pointers.
  "-sanitize": ["-O1", "-g", "-fsanitize=undefined", "-fno-sanitize=function,pointer-overflow"],
};

if (!architectures.includes(architecture)) {
  console.error(`Unknown architecture ${architecture}: ${architectures.join(" or ")}.`);
  process.exitCode = 1;
} else {
  await build();
}

async function build() {
  const temporary = await mkdtemp(join(tmpdir(), "sluice-native-"));
  try {
    await generate(true);
    const python = await findPython();
    const zig = await installCompiler(python);
    const source = await unpackSources(python, temporary);
    const torsion = await unpackTorsion(python, temporary);
    const built = join(temporary, "libsluice.so");
    await run(
      zig,
      [
        "cc",
        "-target",
        `${architecture}-linux-gnu.${glibc}`,
        ...kinds[kind],
        "-D_GNU_SOURCE",
        "-fvisibility=hidden",
        "-fPIC",
        "-shared",
        "-Wno-everything",
        // No path of this machine stands in it.
        `-ffile-prefix-map=${source}=quickjs`,
        `-ffile-prefix-map=${torsion}=torsion`,
        `-ffile-prefix-map=${folder}=native`,
        "-I",
        source,
        "-I",
        quickjsFolder,
        "-I",
        join(torsion, "include"),
        "-ffunction-sections",
        "-fdata-sections",
        "-Wl,--gc-sections",
        "engine.c",
        ...torsionUnits.map((name) => join(torsion, "src", `${name}.c`)),
        "-o",
        built,
        "-lm",
        "-lpthread",
        // Envoy has what is missing; one that lacks something says so when it loads the library, and not when a request needs it.
        "-Wl,--allow-shlib-undefined",
        "-Wl,-z,now",
      ],
      { cwd: folder, env: compilerEnvironment(), timeout: limitMilliseconds },
    );
    const target = join(cache, `${architecture}${kind}`);
    await mkdir(target, { recursive: true });
    await cp(built, join(target, "libsluice.so"));
    const bytes = await readFile(built);
    console.log(
      `${architecture}${kind}/libsluice.so: ${bytes.length} bytes, sha256 ${createHash("sha256").update(bytes).digest("hex")}`,
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
