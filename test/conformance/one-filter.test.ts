/** The cases' chains as one filter, the policies of which are composed in the guest. */
import { describe, vi } from "vitest";
import { inProcess } from "../../src/cases/engines/in-process.js";
import { bundleFilename, createStackMapper } from "../../src/compiler/stack-mapper.js";
import { pluginConfiguration } from "../../src/config/plugin-configuration.js";
import { evaluateBundle } from "../../src/host/native/evaluate-bundle.js";
import { startNativePolicy } from "../../src/host/native/native-policy.js";
import type { LoadedPolicy } from "../../src/loading/loaded-policy.js";
import type { PolicyLoader } from "../../src/testing/load-policies.js";
import type { WorkerHost } from "../../src/testing/test-worker.js";
import { bundleChain, type ChainBundle } from "../support/chain-bundle.js";
import { conformance } from "./suite.js";

const bundle = vi.hoisted(() => ({ current: undefined }));

vi.mock(import("../../src/testing/load-policies.js"), async (original) => {
  const actual = await original();
  return {
    ...actual,
    loadPolicies: async (setup) => {
      const loaded = await actual.loadPolicies(setup);
      bundle.current = await bundleChain([...new Set(setup.uses.map(({ file }) => file))]);
      return loaded;
    },
  };
});

vi.mock(import("../../src/testing/test-worker.js"), async (original) => {
  const actual = await original();
  return {
    ...actual,
    startWorker: (host: WorkerHost, _loaders) => {
      const { uses } = host.setup;
      const file = "/chain.ts";
      const load: PolicyLoader = (globals) => chainOf(bundle.current as ChainBundle, file, uses, globals);
      const use = { ...uses[0]!, file, name: "chain" };
      return actual.startWorker({ ...host, setup: { ...host.setup, uses: [use] } }, new Map([[file, load]]));
    },
  };
});

const buffers = process.env["ONE_FILTER_BUFFERS"] === "ours" ? "ours" : "own";

function chainOf(
  { code, map }: ChainBundle,
  file: string,
  uses: WorkerHost["setup"]["uses"],
  globals: Readonly<Record<string, unknown>>,
): LoadedPolicy {
  const filename = bundleFilename(file);
  const mapStack = createStackMapper(map, filename);
  const evaluated = evaluateBundle(code, filename, { globals });
  return {
    inputs: [],
    checkConfig: () => [],
    mapStack,
    start: (_use, surroundings, host) => {
      const each = uses.map(
        (use) => JSON.parse(pluginConfiguration(use, surroundings, buffers)) as { sluice: Record<string, unknown> },
      );
      const configuration = {
        sluice: { ...each[0]!.sluice, uses: uses.map((use, index) => ({ policy: use.file, ...each[index] })) },
      };
      return startNativePolicy(evaluated, { ...host, pluginConfiguration: configuration, filename, mapStack });
    },
  };
}

describe("conformance of a chain that is one filter", () => {
  conformance(inProcess("native"));
});
