/** Envoy as the suite runs on it. */
import { fileURLToPath } from "node:url";
import type { Engine } from "../../src/cases/engine.js";
import { envoy } from "../../src/cases/engines/envoy.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { builtLibrary } from "./built-library.js";
import { testedLimits } from "./tested-limits.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** Envoy with policies that are run natively, by the library that `node scripts/build-native.mjs` has built. */
export function testedNativeEnvoy(bodyBytes: number, { oneFilter = false } = {}): Engine {
  return envoy({
    limits: { ...testedLimits, bodyBytes },
    ownInstances: false,
    oneFilter,
    binary: () => installEnvoy(cacheDir),
    library: () => Promise.resolve(builtLibrary(cacheDir)),
  });
}

/** The Envoy that Sluice is tested with. */
export function testedEnvoy(bodyBytes: number, { oneFilter = false } = {}): Engine {
  return envoy({
    limits: { ...testedLimits, bodyBytes },
    ownInstances: false,
    oneFilter,
    binary: () => installEnvoy(cacheDir),
  });
}
