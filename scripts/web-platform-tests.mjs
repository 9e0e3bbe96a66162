// Runs the published web-platform tests of what a policy has, as plain JavaScript and in a module, and compares them.
//
//   git clone --depth 1 https://github.com/web-platform-tests/wpt
//   node scripts/web-platform-tests.mjs wpt [--area URL] [--failures]
//
// Prints for each area how many tests there are and how many pass in either world, and each test that fails in the module and passes
// in Node; with --failures, all that fail in the module. Files, and single tests, about what docs/web-apis.md says a policy does not
// have are left out, the latter with their count. Fails where a test fails in the module that docs/web-apis.md does not explain.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

// The worlds are TypeScript, of the tests.
await runnerImport(fileURLToPath(new URL("./web-platform-tests/main.ts", import.meta.url)));
