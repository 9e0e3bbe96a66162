/** A real Envoy, with policies compiled to modules: one process, a listener for each setup. */
import { writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { isSluiceModule } from "../../compiler/module-section.js";
import { type PolicyModules, writeSharedModule, writeSharedNative } from "../../envoy/compile-modules.js";
import { startEnvoy } from "../../envoy/run-envoy.js";
import { temporaryFolder } from "../../envoy/temporary-folder.js";
import { SluiceError } from "../../errors.js";
import type { ExchangeLimits } from "../../host/exchange.js";
import { parseLogLine } from "../../host/log-record.js";
import { ConfigRefused, type Engine, type EngineSetup, type LogLine, logLine, type RunningEngine } from "../engine.js";
import { SocketClient } from "../http1/client.js";
import { compiledModule, nativePolicy } from "./compiled-modules.js";
import { bootstrapOf, listenerName } from "./envoy-bootstrap.js";
import { commonCapabilities, longestWait, openServer } from "./sockets.js";

export interface EnvoyEngineOptions {
  /** The path of the binary, asked for when one is started. */
  binary: () => Promise<string>;
  /** What holds where a case says nothing; the limit of a gathered body is also what Envoy buffers of each direction. */
  limits: Partial<ExchangeLimits>;
  /** Each case has instances of its policies' modules to itself, so that nothing is left of the one before; that takes memory. */
  ownInstances: boolean;
  /** All policies that share a start are in one module, and each chain is one filter. Default: every policy is a filter of its own. */
  oneFilter?: boolean;
  /** Policies from source are run natively, by the `libsluice` at this path, asked for when one is started. Default: they are modules. */
  library?: () => Promise<string>;
}

export function envoy(options: EnvoyEngineOptions): Engine {
  return {
    name: options.library === undefined ? "Envoy" : "Envoy native",
    // Properties of connections by real ones: it has TLS.
    capabilities: new Set([...commonCapabilities, "properties"]),
    longestWait,
    shared: true,
    openBackend: openServer,
    start: (setups) => start(setups, options),
  };
}

async function start(
  setups: readonly EngineSetup[],
  { binary, library: findLibrary, oneFilter = false, ...options }: EnvoyEngineOptions,
): Promise<RunningEngine> {
  const folder = await temporaryFolder();
  try {
    const files = [...new Set(setups.flatMap(({ policies }) => policies.map(({ file }) => file)))];
    const library = await findLibrary?.();
    const modules = oneFilter
      ? await sharedModule(files, folder.path, library)
      : await ownModules(files, folder.path, library);
    const lines = setups.map((): LogLine[] => []);
    const running = await startEnvoy(bootstrapOf(setups, { modules, ...options }), {
      binary: await binary(),
      concurrency: Math.max(...setups.map(({ workers }) => workers)),
      onLine: ({ level, policy }) => {
        if (policy === undefined) {
          return;
        }
        const record = parseLogLine(policy.name, policy.line);
        const line = logLine(level === "warning" ? "warn" : level, record);
        // What a module of another SDK writes does not say where it is from.
        const of = setups
          .map((_, index) => index)
          .filter((index) => [undefined, listenerName(index)].includes(record.route));
        for (const index of of) {
          lines[index]!.push(line);
        }
      },
    });
    return {
      client: (chain) => new SocketClient(running.ports.get(listenerName(chain))!, setups[chain]!.tls?.ca),
      log: (chain) => lines[chain]!,
      advance: (_chain, milliseconds) => delay(milliseconds),
      close: () => running.close().then(() => folder.remove()),
    };
  } catch (error) {
    await folder.remove();
    if (error instanceof SluiceError && error.message.includes("CONFIG_REFUSED")) {
      throw new ConfigRefused(error.message);
    }
    throw error;
  }
}

async function ownModules(
  files: readonly string[],
  folder: string,
  library: string | undefined,
): Promise<PolicyModules> {
  return new Map(
    await Promise.all(
      files.map(async (file, index) => {
        if (library !== undefined && extname(file) !== ".wasm") {
          const path = join(folder, `${index}.native`);
          const { code, seeing } = await nativePolicy(file);
          await writeFile(path, code);
          return [file, { path, sluice: true, library, seesResponses: seeing.size > 0 }] as const;
        }
        const path = join(folder, `${index}.wasm`);
        const wasm = await compiledModule(file);
        await writeFile(path, wasm);
        return [file, { path, sluice: isSluiceModule(wasm) }] as const;
      }),
    ),
  );
}

async function sharedModule(
  files: readonly string[],
  folder: string,
  library: string | undefined,
): Promise<PolicyModules> {
  // A module of one policy is none of several: this one is in all, and no case uses it.
  const unused = fileURLToPath(new URL("../stubs/mark.ts", import.meta.url));
  const names = new Map([unused, ...files].map((file, index) => [file, `policy-${index}`]));
  return library === undefined
    ? writeSharedModule(names, join(folder, "policies.wasm"))
    : writeSharedNative(names, folder, library);
}
