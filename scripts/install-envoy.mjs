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
const { installEnvoy } = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0]?.contents ?? []).toString("base64")}`);
try {
  console.log(await installEnvoy(cacheDir));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
