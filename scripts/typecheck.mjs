// Checks the types of each world, with TypeScript's native compiler, which takes a tenth of the time of the one in JavaScript. That one is
// what tests of the public types use.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript-native/package.json")), "bin", "tsc");

for (const world of ["tsconfig.guest.json", "tsconfig.node.json", "tsconfig.policies.json"]) {
  const { status } = spawnSync(process.execPath, [tsc, "-p", world], { cwd: root, stdio: "inherit" });
  if (status !== 0) {
    process.exitCode = status ?? 1;
    break;
  }
}
