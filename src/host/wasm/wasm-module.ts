/** A policy's module: compiled once, checked, ready to be started any number of times. */
import { callbacks } from "../../abi/callbacks.js";
import { hostcalls } from "../../abi/hostcalls.js";
import type { Hostcalls } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { type WasmModule, webAssembly } from "../../web-assembly.js";
import type { GuestMemory } from "./guest-memory.js";
import { hostcallImports } from "./hostcall-imports.js";
import { wasiImports } from "./wasi-imports.js";

/** A checked module. */
export interface WasmPolicyModule {
  readonly module: WasmModule;
  /**
   * What the compiler of Sluice has written into it; undefined for a module of another SDK. A Sluice module takes
   * `{ config, sluice }` as its configuration, and counts on getting the body while it holds the head.
   */
  readonly sluice: { readonly name?: string | readonly string[]; readonly version?: string } | undefined;
  /** The names of the functions that it exports. */
  readonly functions: ReadonlySet<string>;
}

const supported = ["proxy_abi_version_0_2_1", "proxy_abi_version_0_2_0"];

/** The allocators that a host may use, the best first. */
export const allocators = ["proxy_on_memory_allocate", "malloc"] as const;

/**
 * Compiles a module of any proxy-wasm SDK.
 *
 * @param shown What errors call it.
 * @throws SluiceError POLICY_MODULE when it is not WebAssembly or broken, has another ABI, or imports what no host has
 */
export async function loadWasmModule(bytes: Uint8Array, shown: string): Promise<WasmPolicyModule> {
  const refuse = (reason: string, cause?: unknown) =>
    new SluiceError("POLICY_MODULE", `${shown}: ${reason}`, { cause });
  const header = Buffer.from(bytes.subarray(0, 8));
  if (header.length < 8 || header.readUInt32BE(0) !== 0x0061736d) {
    throw refuse(
      "expected a WebAssembly module, which begins with the bytes 00 61 73 6d and a version, got something else",
    );
  }
  if (header.readUInt16LE(6) === 1) {
    throw refuse("expected a core module, got a component: proxy-wasm has no components");
  }
  let module: WasmModule;
  try {
    module = await webAssembly.compile(bytes);
  } catch (error) {
    throw refuse(`the module is malformed or truncated: ${(error as Error).message}`, error);
  }
  const exported = webAssembly.Module.exports(module);
  const functions = new Set(exported.filter(({ kind }) => kind === "function").map(({ name }) => name));
  checkAbi(functions, refuse);
  checkImports(module, refuse);
  if (!exported.some(({ name, kind }) => name === "memory" && kind === "memory")) {
    throw refuse("expected a module that exports its memory as `memory`, got one that does not");
  }
  if (!allocators.some((name) => functions.has(name))) {
    throw refuse(
      `expected an export ${allocators.join(" or ")}, got neither: a host cannot pass anything to the module`,
    );
  }
  return { module, sluice: manifestOf(module), functions };
}

type Refuse = (reason: string) => SluiceError;

function checkAbi(functions: ReadonlySet<string>, refuse: Refuse): void {
  if (supported.some((name) => functions.has(name))) {
    return;
  }
  const other = [...functions].filter((name) => name.startsWith("proxy_abi_version_"));
  const expected = "expected a proxy-wasm module of ABI 0.2.1 or 0.2.0";
  if (other.length > 0) {
    throw refuse(
      `${expected}, got ABI ${other.map((name) => name.slice("proxy_abi_version_".length).replaceAll("_", ".")).join(", ")}`,
    );
  }
  throw refuse(`${expected}, got a module that exports none of ${supported.join(", ")}`);
}

/** Names only: what is made of `noHost` here is never called. */
const provided: Readonly<Record<string, ReadonlySet<string>>> = (() => {
  const noHost = Object.fromEntries(
    Object.keys(hostcalls).map((name) => [name, () => undefined]),
  ) as unknown as Hostcalls;
  const noMemory = (): GuestMemory => {
    throw new Error("there is no module");
  };
  const wasi = new Set(
    Object.keys(wasiImports({ memory: noMemory, now: () => 0, monotonic: () => 0n, log: () => undefined })),
  );
  return {
    env: new Set(Object.keys(hostcallImports(noHost, noMemory))),
    wasi_snapshot_preview1: wasi,
    wasi_unstable: wasi,
  };
})();

function checkImports(module: WasmModule, refuse: Refuse): void {
  const unknown = webAssembly.Module.imports(module).filter(
    ({ module: from, name, kind }) => kind !== "function" || provided[from]?.has(name) !== true,
  );
  if (unknown.length > 0) {
    const names = unknown.map(({ module: from, name, kind }) =>
      kind === "function" ? `${from}.${name}` : `${from}.${name} (a ${kind})`,
    );
    throw refuse(`the module imports what no proxy-wasm host provides: ${names.join(", ")}`);
  }
}

function manifestOf(module: WasmModule): WasmPolicyModule["sluice"] {
  const [section] = webAssembly.Module.customSections(module, "sluice");
  if (section === undefined) {
    return undefined;
  }
  try {
    const manifest: unknown = JSON.parse(Buffer.from(section).toString());
    return typeof manifest === "object" && manifest !== null ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** The events of a stream for which the module has a callback. */
export function hasCallback(module: WasmPolicyModule, event: keyof typeof callbacks): boolean {
  return module.functions.has(callbacks[event].export);
}
