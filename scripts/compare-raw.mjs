// Runs the raw messages of test/gateway/raw through nginx and Envoy as plain proxies, where they are installed, and prints
// where they differ from what the tests expect of the gateway: node scripts/compare-raw.mjs
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
// Runs from the sources, so that it needs no build. The place is as deep as the sources, which find .cache/ from where they are.
const outfile = join(root, ".cache/compare-raw/compare-raw.mjs");
await build({
  entryPoints: [join(root, "test/gateway/raw/compare/compare-raw.ts")],
  bundle: true,
  outfile,
  platform: "node",
  format: "esm",
  packages: "external",
});
/** @type {{ compareRaw: () => Promise<void> }} */
const { compareRaw } = await import(pathToFileURL(outfile).href);
await compareRaw();
