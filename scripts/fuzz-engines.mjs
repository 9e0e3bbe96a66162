// Compares the engines with each other, by random policies and exchanges; test/engines-fuzz/ is what it is made of. By hand, after
// `npm run build`:
//
//   node scripts/fuzz-engines.mjs [--seed <first>] [--count 500] [--engines gateway,module,envoy,envoy-chains,envoy-native] [--lanes 6] [--shrink] [--explained]
//   node scripts/fuzz-engines.mjs --replay <file>
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const outfile = `${root}.cache/fuzz-engines/main.mjs`;
await build({
  entryPoints: [`${root}test/engines-fuzz/main.ts`],
  bundle: true,
  outfile,
  platform: "node",
  format: "esm",
  packages: "external",
  sourcemap: "inline",
  plugins: [
    {
      name: "what is built",
      setup(building) {
        building.onResolve({ filter: /^(\.\.\/)+src\// }, ({ path }) => ({
          path: pathToFileURL(path.replace(/^(\.\.\/)+src\//, `${root}dist/`)).href,
          external: true,
        }));
      },
    },
  ],
});
/** @type {{ main: (root: string, args: readonly string[]) => Promise<number> }} */
const { main } = await import(pathToFileURL(outfile).href);
process.exitCode = await main(root, process.argv.slice(2));
