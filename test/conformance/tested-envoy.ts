/** Envoy as the suite runs on it. */
import { fileURLToPath } from "node:url";
import type { Engine } from "../../src/cases/engine.js";
import { envoy } from "../../src/cases/engines/envoy.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { nativeEnvoy, nativeLibrary } from "../envoy/support/native-library.js";
import { testedLimits } from "./tested-limits.js";

const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));

/** The cases of this file hold back more than an Envoy buffers that is started with 64 KiB, and less than the others have. */
export const smallBuffer = "ask-then-hold";

/** Envoy with policies that are run natively. */
export function testedNativeEnvoy(bodyBytes: number, { oneFilter = false } = {}): Engine {
  return envoy({
    limits: { ...testedLimits, bodyBytes },
    ownInstances: false,
    oneFilter,
    binary: nativeEnvoy,
    library: nativeLibrary,
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
