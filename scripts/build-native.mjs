// Builds libsluice.so, what Envoy loads to run policies natively, from the engine's pinned sources with its pinned compiler:
//
//   node scripts/build-native.mjs              for each platform, into packages/: after a change in src/engine/
//   node scripts/build-native.mjs --check      fails unless they come out byte for byte as they are committed
//   node scripts/build-native.mjs --inputs     fails when something they are made of has changed since; needs nothing installed
//   node scripts/build-native.mjs --debug      for this machine, quicker, with symbols and without optimisation
//   node scripts/build-native.mjs --sanitize   for this machine, with symbols, and an end by SIGILL at undefined behaviour
//
// The results are committed, so that nobody who installs or builds Sluice needs a C compiler; the last two lie in .cache/native/, in folders
// of their own. See src/engine/native/engine.c.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  compilerEnvironment,
  findPython,
  generate,
  hashOfFiles,
  installCompiler,
  limitMilliseconds,
  quickjsFolder,
  quickjsInputs,
  run,
  sha256,
  unpackSources,
} from "./quickjs-sources.mjs";
import { torsionUnits, unpackTorsion } from "./torsion-sources.mjs";

const folder = fileURLToPath(new URL("../src/engine/native", import.meta.url));
const cache = fileURLToPath(new URL("../.cache/native", import.meta.url));
const packages = fileURLToPath(new URL("../packages", import.meta.url));
const record = join(packages, "libsluice.json");

/** Envoy's own images have no older C library. */
const glibc = "2.28";
/** By Node's names of processors, which those of packages end in: those of the compiler. */
const architectures = { x64: "x86_64", arm64: "aarch64" };

const release = ["-O3", "-DNDEBUG", "-fno-sanitize=all", "-s"];
/** @type {Readonly<Record<string, readonly string[]>>} */
const kinds = {
  debug: ["-O1", "-g", "-DNDEBUG", "-fno-sanitize=all"],
  // QuickJS calls functions by pointers of other types, and adds to null pointers. What tells of faults has variables of threads, for which
  // Envoy has no room left when it loads a library.
  sanitize: [
    "-O1",
    "-g",
    "-DNDEBUG",
    "-fsanitize=undefined",
    "-fsanitize-trap=undefined",
    "-fno-sanitize=function,pointer-overflow",
  ],
};

const mode = process.argv[2] ?? "";
const kind = mode.replace(/^--/, "");

if (mode === "--inputs") {
  await checkInputs();
} else if (mode === "" || mode === "--check") {
  await buildPackages(mode === "--check");
} else if (kinds[kind] !== undefined) {
  await buildForThisMachine(kind, kinds[kind]);
} else {
  fail(`Unknown option ${mode}: --check, --inputs, --debug or --sanitize.`);
}

/** @param {string} message */
function fail(message) {
  console.error(message);
  process.exitCode = 1;
}

/** @param {string} cpu */
function libraryOf(cpu) {
  return join(packages, `envoy-linux-${cpu}`, "libsluice.so");
}

async function hashOfInputs() {
  return sha256(
    Buffer.from(`${await quickjsInputs()} ${await hashOfFiles(["build-native.mjs", "torsion-sources.mjs"], [folder])}`),
  );
}

async function checkInputs() {
  const recorded = /** @type {Record<string, string>} */ (JSON.parse(await readFile(record, "utf8")));
  if (recorded["inputs"] !== (await hashOfInputs())) {
    fail("What libsluice.so is made of has changed since it was built: run node scripts/build-native.mjs");
    return;
  }
  for (const cpu of Object.keys(architectures)) {
    if (recorded[cpu] !== sha256(await readFile(libraryOf(cpu)))) {
      fail(`${libraryOf(cpu)} is not what its record says: run node scripts/build-native.mjs`);
    }
  }
}

/** @param {boolean} check */
async function buildPackages(check) {
  await withSources(check, async (zig, sources, temporary) => {
    /** @type {Record<string, string>} */
    const hashes = { engine: await quickjsInputs(), inputs: await hashOfInputs() };
    for (const [cpu, architecture] of Object.entries(architectures)) {
      const built = join(temporary, `${cpu}.so`);
      await compile(zig, sources, { architecture, flags: release, target: built });
      const bytes = await readFile(built);
      hashes[cpu] = sha256(bytes);
      if (!check) {
        await cp(built, libraryOf(cpu));
      } else if (!bytes.equals(await readFile(libraryOf(cpu)))) {
        fail(`${libraryOf(cpu)} is not what its sources give.`);
      }
      console.log(`${cpu}: ${bytes.length} bytes, sha256 ${hashes[cpu]}`);
    }
    if (!check) {
      for (const cpu of Object.keys(architectures)) {
        await cp(join(folder, "LICENSE"), join(packages, `envoy-linux-${cpu}`, "LICENSE-libtorsion"));
        await cp(join(quickjsFolder, "LICENSE"), join(packages, `envoy-linux-${cpu}`, "LICENSE-quickjs"));
      }
      await writeFile(record, `${JSON.stringify(hashes, undefined, 2)}\n`);
    }
  });
}

/** @param {string} name @param {readonly string[]} flags */
async function buildForThisMachine(name, flags) {
  const architecture = arch() === "arm64" ? architectures.arm64 : architectures.x64;
  await withSources(false, async (zig, sources) => {
    const target = join(cache, `${architecture}-${name}`);
    await mkdir(target, { recursive: true });
    await compile(zig, sources, { architecture, flags, target: join(target, "libsluice.so") });
    console.log(join(target, "libsluice.so"));
  });
}

/** @param {boolean} check @param {(zig: string, sources: Sources, temporary: string) => Promise<void>} build */
async function withSources(check, build) {
  const temporary = await mkdtemp(join(tmpdir(), "sluice-native-"));
  try {
    await generate(check);
    const python = await findPython();
    const zig = await installCompiler(python);
    const sources = {
      quickjs: await unpackSources(python, temporary),
      torsion: await unpackTorsion(python, temporary),
    };
    await build(zig, sources, temporary);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * @typedef {object} Sources
 * @property {string} quickjs a folder
 * @property {string} torsion a folder
 */

/** @param {string} zig @param {Sources} sources @param {{ architecture: string, flags: readonly string[], target: string }} options */
async function compile(zig, { quickjs, torsion }, { architecture, flags, target }) {
  await run(
    zig,
    [
      "cc",
      "-target",
      `${architecture}-linux-gnu.${glibc}`,
      ...flags,
      "-D_GNU_SOURCE",
      `-DENGINE_STAMP="${(await quickjsInputs()).slice(0, 16)}"`,
      "-fvisibility=hidden",
      "-fPIC",
      "-shared",
      "-Wno-everything",
      // No path of this machine stands in it.
      `-ffile-prefix-map=${quickjs}=quickjs`,
      `-ffile-prefix-map=${torsion}=torsion`,
      `-ffile-prefix-map=${folder}=native`,
      "-I",
      quickjs,
      "-I",
      quickjsFolder,
      "-I",
      join(torsion, "include"),
      "engine.c",
      ...torsionUnits.map((name) => join(torsion, "src", `${name}.c`)),
      "-o",
      target,
      "-lm",
      "-lpthread",
      // Nothing there compiles JavaScript, and of libtorsion little is used.
      "-ffunction-sections",
      "-fdata-sections",
      "-Wl,--gc-sections",
      // Envoy has what is missing; one that lacks something says so when it loads the library, and not when a request needs it.
      "-Wl,--allow-shlib-undefined",
      "-Wl,-z,now",
    ],
    { cwd: folder, env: compilerEnvironment(), timeout: limitMilliseconds },
  );
}
