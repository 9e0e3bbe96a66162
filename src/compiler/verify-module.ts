/** A module is tried before anybody gets it: a host such as Envoy says little about what is wrong with one. */
import { callbacks } from "../abi/callbacks.js";
import { hostcalls } from "../abi/hostcalls.js";
import { SluiceError } from "../errors.js";
import { messageOf } from "../thrown.js";
import { type WasmModule, webAssembly } from "../web-assembly.js";
import { type ProbeHost, startProbe } from "./probe-host.js";

/** What Envoy provides, of what a module may import. */
const importable: ReadonlySet<string> = new Set([
  ...Object.values(hostcalls).map((call) => `env.${call.import}`),
  ...["clock_time_get", "fd_close", "fd_fdstat_get", "fd_seek", "fd_write", "random_get"].map(
    (name) => `wasi_snapshot_preview1.${name}`,
  ),
]);

const needed = ["memory", "proxy_abi_version_0_2_1", "proxy_on_memory_allocate"];

/** Everything else in a module is for nobody to call. */
const exportable: ReadonlySet<string> = new Set([
  ...needed,
  ...Object.values(callbacks).map((callback) => callback.export),
]);

/** What came of the probe. */
export interface Verification {
  /** false: the policy refuses the configuration; there was no exchange then. */
  configured: boolean;
  /** Error lines of the module's log. */
  errors: string[];
}

/**
 * Checks that a module is valid, imports and exports what a proxy-wasm 0.2.1 host has and calls, can be instantiated, and
 * takes each of the configurations, and one exchange with it, without a trap.
 *
 * @returns what came of each
 * @throws SluiceError `BUILD_VERIFY`
 */
export async function verifyModule(wasm: Uint8Array, configurations = ["{}"]): Promise<Verification[]> {
  let module: WasmModule;
  try {
    module = await webAssembly.compile(wasm);
  } catch (error) {
    throw refused(`it is not valid WebAssembly: ${messageOf(error)}`, error);
  }
  const imported = webAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
  const exported = webAssembly.Module.exports(module).map((entry) => entry.name);
  const problems = [
    ...imported
      .filter((name) => !importable.has(name))
      .map((name) => `it imports ${name}, which Envoy does not provide`),
    ...exported
      .filter((name) => !exportable.has(name))
      .map((name) => `it exports ${name}, which is no callback of proxy-wasm 0.2.1`),
    ...needed.filter((name) => !exported.includes(name)).map((name) => `it does not export ${name}`),
  ];
  if (problems.length > 0) {
    throw refused(problems.join("; "));
  }
  try {
    const found: Verification[] = [];
    for (const configuration of configurations) {
      found.push(runProbe(await startProbe(module, configuration)));
    }
    return found;
  } catch (error) {
    throw refused(`it broke down in a trial exchange: ${messageOf(error)}`, error);
  }
}

const root = 1;
const stream = 2;
const endOfStream = 1;

function runProbe({ configurationSize, call, errors, answers }: ProbeHost): Verification {
  call("proxy_on_context_create", root, 0);
  call("proxy_on_vm_start", root, 0);
  if (call("proxy_on_configure", root, configurationSize) !== 1) {
    return { configured: false, errors };
  }
  call("proxy_on_context_create", stream, root);
  call("proxy_on_request_headers", stream, 4, endOfStream);
  if (answers.length === 0) {
    call("proxy_on_response_headers", stream, 1, endOfStream);
  }
  call("proxy_on_log", stream);
  call("proxy_on_done", stream);
  call("proxy_on_delete", stream);
  return { configured: true, errors };
}

function refused(reason: string, cause?: unknown): SluiceError {
  return new SluiceError("BUILD_VERIFY", `The compiled module was refused: ${reason}.`, { cause });
}
