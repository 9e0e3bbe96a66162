/** The policy of `sluice dev` and its configuration, as they are on disk. */
import { createPolicyBundler } from "../compiler/bundle.js";
import { readPolicyConfig } from "../config/policy-config.js";
import { type CompiledPolicy, compiledPolicy } from "../gateway/index.js";

export interface LoadedPolicy {
  compiled: CompiledPolicy;
  config: unknown;
  /** Absolute paths of what it was made of. */
  inputs: readonly string[];
}

export interface DevPolicy {
  /** Throws what is wrong with the policy, or with its configuration. */
  load(): Promise<LoadedPolicy>;
  dispose(): Promise<void>;
}

/** `config`: JSON or a file's name. */
export async function createDevPolicy(file: string, config: string): Promise<DevPolicy> {
  const bundler = await createPolicyBundler(file);
  return {
    async load() {
      const compiled = compiledPolicy(file, await bundler.rebuild());
      compiled.bundle();
      const { value, file: configFile, refuse } = await readPolicyConfig(config, process.env);
      refuse(compiled.checkConfig(value));
      return {
        compiled,
        config: value,
        inputs: configFile === undefined ? compiled.inputs : [...compiled.inputs, configFile],
      };
    },
    dispose: () => bundler.dispose(),
  };
}

/** Nothing that matters has changed between two loads. */
export function isSame(left: LoadedPolicy, right: LoadedPolicy): boolean {
  return left.compiled.code === right.compiled.code && JSON.stringify(left.config) === JSON.stringify(right.config);
}
