// Builds the engine that policies are linked with into .cache/: node scripts/build-engine.mjs, after `npm run build`. Otherwise the
// first tests that need it would all build it, at the same time.
import { fileURLToPath } from "node:url";
import { buildEngine } from "../dist/engine/build-engine.js";

await buildEngine(fileURLToPath(new URL("../.cache/", import.meta.url)));
