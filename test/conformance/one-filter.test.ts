/** Chains as one filter: all their policies in one bundle, composed in its guest. */
import { fileURLToPath } from "node:url";
import { describe, vi } from "vitest";
import { inProcess } from "../../src/cases/engines/in-process.js";
import type { ModuleText } from "../../src/compiler/module-text.js";
import { bundleFilename, createStackMapper } from "../../src/compiler/stack-mapper.js";
import { pluginConfiguration } from "../../src/config/plugin-configuration.js";
import { evaluateBundle } from "../../src/host/native/evaluate-bundle.js";
import { startNativePolicy } from "../../src/host/native/native-policy.js";
import type { LoadedPolicy } from "../../src/loading/loaded-policy.js";
import type { WorkerHost } from "../../src/testing/test-worker.js";
import { severalPolicies } from "../support/several-policies.js";
import { chainFileNames, concernsChains } from "./case-files.js";
import { conformance } from "./suite.js";

/** A module of one policy is none of several: this one is in all, and no case uses it. */
const unused = fileURLToPath(new URL("../../src/cases/stubs/mark.ts", import.meta.url));

/** The names of policies are their files. */
function policiesOf(setup: Pick<WorkerHost["setup"], "uses">): { file: string; name: string }[] {
  return [...new Set([unused, ...setup.uses.map(({ file }) => file)])].map((file) => ({ file, name: file }));
}

vi.mock(import("../../src/testing/load-policies.js"), async (original) => {
  const actual = await original();
  return {
    ...actual,
    loadPolicies: async (setup) => {
      const text = await severalPolicies(policiesOf(setup));
      return new Map([[chainFile, (globals) => chainOf(text, setup.uses, globals)]]);
    },
  };
});

vi.mock(import("../../src/testing/test-worker.js"), async (original) => {
  const actual = await original();
  return {
    ...actual,
    startWorker: (host, worker, loaders) => {
      const use = { ...host.setup.uses[0]!, file: chainFile, name: "chain" };
      return actual.startWorker({ ...host, setup: { ...host.setup, uses: [use] } }, worker, loaders);
    },
  };
});

const chainFile = "/chain.ts";

function chainOf(
  { code, map }: Pick<ModuleText, "code" | "map">,
  uses: WorkerHost["setup"]["uses"],
  globals: Readonly<Record<string, unknown>>,
): LoadedPolicy {
  const filename = bundleFilename(chainFile);
  const mapStack = createStackMapper(map, filename);
  const bundle = evaluateBundle(code, filename, { globals });
  return {
    inputs: [],
    checkConfig: () => [],
    mapStack,
    start: (_use, surroundings, host) => {
      const each = uses.map(
        (use) => JSON.parse(pluginConfiguration(use, surroundings, "own")) as { sluice: Record<string, unknown> },
      );
      const configuration = {
        sluice: { ...each[0]!.sluice, uses: uses.map((use, index) => ({ policy: use.file, ...each[index] })) },
      };
      return startNativePolicy(bundle, { ...host, pluginConfiguration: configuration, filename, mapStack });
    },
  };
}

describe("conformance of a chain that is one filter", () => {
  conformance(inProcess("native"), { files: chainFileNames(), cases: concernsChains });
});
