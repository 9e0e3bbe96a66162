// Builds dist/ from nothing, so that no file of a former build is packed, and puts the linked engine into it (10 s the first time;
// then from .cache/, where tests find it, too).
//
//   node scripts/build.mjs --unchecked     types are checked by another step
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript-native/package.json")), "bin", "tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
const unchecked = process.argv.includes("--unchecked");
const { status } = spawnSync(
  process.execPath,
  [tsc, "-p", "tsconfig.build.json", ...(unchecked ? ["--noCheck"] : [])],
  { cwd: root, stdio: "inherit" },
);
const bin = join(root, "dist", "cli", "main.js");
if (existsSync(bin)) {
  chmodSync(bin, 0o755);
}
if (status === 0) {
  await putEngine();
}
process.exitCode = status ?? 1;

async function putEngine() {
  const engine = new URL("../dist/engine/", import.meta.url);
  const { linkEngine } = /** @type {typeof import("../src/engine/link-engine.js")} */ (
    await import(new URL("link-engine.js", engine).href)
  );
  cpSync(await linkEngine(join(root, ".cache")), new URL("linked/", engine), { recursive: true });
  // QuickJS's licence asks to go along with it.
  cpSync(join(root, "src/engine/quickjs/LICENSE"), new URL("linked/LICENSE-quickjs", engine));
}
