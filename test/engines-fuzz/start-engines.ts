/** The engines by their names. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { compileModule, compilePolicy as compilePolicyModule } from "../../src/compiler/build-module.js";
import { compileNative } from "../../src/compiler/build-native.js";
import type { GatewayConfig } from "../../src/config/types.js";
import { envoyBootstrap } from "../../src/envoy/bootstrap.js";
import type { PolicyModule } from "../../src/envoy/compile-modules.js";
import { installEnvoy } from "../../src/envoy/install-envoy.js";
import { startEnvoy } from "../../src/envoy/run-envoy.js";
import { compilePolicy, loadPolicy, startGateway } from "../../src/gateway/index.js";
import { parseLogLine } from "../../src/host/log-record.js";
import type { DrivenEngine } from "./exchange.js";
import { HarnessEngine } from "./harness-engine.js";
import { type OnLine, type RunningProxy, SocketEngine } from "./socket-engine.js";

export interface EngineOptions {
  /** Of the project: an absolute path with a slash at its end. */
  root: string;
  /** How many exchanges an engine has at a time. */
  lanes: number;
}

/** `envoy-chains`: each chain is one filter of Envoy; `envoy-native`: the same by `libsluice`. */
export const engineNames = ["harness-module", "gateway", "module", "envoy", "envoy-chains", "envoy-native"] as const;
export type EngineName = (typeof engineNames)[number];

/** What the command line calls them, separated by commas. */
export function enginesNamed(list: string): EngineName[] {
  return list.split(",").map((name) => {
    const known = engineNames.find((each) => each === name);
    if (known === undefined) {
      throw new Error(`--engines: expected some of ${engineNames.join(", ")}, got "${name}".`);
    }
    return known;
  });
}

export function policyFile(root: string): string {
  return `${root}test/engines-fuzz/policies/program.ts`;
}

export async function startEngine(name: EngineName, { root, lanes }: EngineOptions): Promise<DrivenEngine> {
  const policy = policyFile(root);
  switch (name) {
    case "harness-module":
      return new HarnessEngine(policy, "wasm");
    case "gateway":
      return SocketEngine.start({
        name,
        policy,
        lanes,
        http2: false,
        start: async (config, onLine) =>
          startEmbedded(config, onLine, new Map([[policy, await compilePolicy(policy)]])),
      });
    case "module":
      return withModule(policy, (module) =>
        SocketEngine.start({
          name,
          policy: module,
          lanes,
          http2: false,
          start: async (config, onLine) => startEmbedded(config, onLine, new Map([[module, await loadPolicy(module)]])),
        }),
      );
    case "envoy":
    case "envoy-chains":
    case "envoy-native":
      return withModule(
        policy,
        (module) =>
          SocketEngine.start({
            name,
            policy: module,
            lanes,
            http2: true,
            start: (config, onLine) =>
              startInEnvoy(config, onLine, {
                module: {
                  path: module,
                  sluice: true,
                  ...(name !== "envoy" && { policy: nameInModule }),
                  ...(name === "envoy-native" && { library: `${root}packages/envoy-linux-${arch()}/libsluice.so` }),
                },
                cacheDir: `${root}.cache/`,
              }),
          }),
        { envoy: oneModule, "envoy-chains": chainModule, "envoy-native": nativeChain }[name],
      );
  }
}

const nameInModule = "program";

async function oneModule(policy: string): Promise<Uint8Array> {
  return (await compilePolicyModule(policy)).wasm;
}

/** Of a list of uses. */
async function chainModule(policy: string): Promise<Uint8Array> {
  return (await compileModule([{ file: policy, name: nameInModule }], { takesUses: true })).wasm;
}

/** The same for `libsluice`. */
async function nativeChain(policy: string): Promise<Uint8Array> {
  return (await compileNative([{ file: policy, name: nameInModule }], { takesUses: true })).code;
}

async function withModule(
  policy: string,
  start: (module: string) => Promise<DrivenEngine>,
  compile: (policy: string) => Promise<Uint8Array> = oneModule,
): Promise<DrivenEngine> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-engines-"));
  try {
    const module = join(folder, "program.wasm");
    await writeFile(module, await compile(policy));
    const engine = await start(module);
    return {
      name: engine.name,
      open: (plan, run) => engine.open(plan, run),
      defects: () => engine.defects(),
      close: () => engine.close().then(() => rm(folder, { recursive: true })),
    };
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

async function startEmbedded(
  config: GatewayConfig,
  onLine: OnLine,
  policies: Parameters<typeof startGateway>[1] extends { policies?: infer P } | undefined ? P : never,
): Promise<RunningProxy> {
  const defects: string[] = [];
  const gateway = await startGateway(config, {
    ...(policies === undefined ? {} : { policies }),
    onPolicyLog: (_level, { policy, msg }) => {
      onLine(policy, msg);
    },
    onDefect: (error) => defects.push(String(error)),
    reports: { onHostFailure: (_facts, error) => defects.push(String(error)) },
  });
  return { port: gateway.port, defects: () => defects, close: () => gateway.close() };
}

async function startInEnvoy(
  config: GatewayConfig,
  onLine: OnLine,
  { module, cacheDir }: { module: PolicyModule; cacheDir: string },
): Promise<RunningProxy> {
  const defects: string[] = [];
  const bootstrap = envoyBootstrap(config, {
    modules: new Map([[module.path, module]]),
    caFile: "",
  });
  const envoy = await startEnvoy(bootstrap, {
    binary: await installEnvoy(cacheDir),
    concurrency: 1,
    onLine: ({ level, message, policy }) => {
      if (policy !== undefined) {
        // Outside of any exchange Envoy does not name the plugin: the kit's own line does.
        const record = parseLogLine(policy.name, policy.line);
        onLine(record.policy, record.msg);
      } else if (level === "error" || level === "critical") {
        defects.push(message);
      }
    },
  });
  let closing = false;
  void envoy.ended.then((how) => {
    if (!closing) {
      defects.push([`Envoy ended: ${how}`, ...envoy.log.slice(-40)].join("\n"));
    }
  });
  return {
    port: envoy.port,
    defects: () => defects,
    close: () => {
      closing = true;
      return envoy.close();
    },
  };
}
