/** A module's engine by itself: its hostcalls are those that a test gives, and all others do nothing. */
import { hostcalls } from "../../src/abi/hostcalls.js";
import type { Hostcalls } from "../../src/abi/port.js";
import { GuestMemory } from "../../src/host/wasm/guest-memory.js";
import { hostcallImports } from "../../src/host/wasm/hostcall-imports.js";
import { wasiImports } from "../../src/host/wasm/wasi-imports.js";
import { type WasmFunction, type WasmMemory, webAssembly } from "../../src/web-assembly.js";

/** The module's exports; its first root context, of number 1, is there. */
export async function startBareEngine(
  wasm: Uint8Array,
  own: Partial<Hostcalls>,
): Promise<Readonly<Record<string, WasmFunction>>> {
  const exports: Record<string, unknown> = {};
  const memory = new GuestMemory(
    {
      get buffer() {
        return (exports["memory"] as WasmMemory).buffer;
      },
    },
    (size) => (exports["proxy_on_memory_allocate"] as WasmFunction)(size),
  );
  const host = {
    ...Object.fromEntries(Object.keys(hostcalls).map((name) => [name, () => 0])),
    ...own,
  } as unknown as Hostcalls;
  const instance = new webAssembly.Instance(await webAssembly.compile(wasm), {
    env: hostcallImports(host, () => memory),
    wasi_snapshot_preview1: wasiImports({
      memory: () => memory,
      now: () => 0,
      monotonic: () => process.hrtime.bigint(),
      log: () => undefined,
    }),
  });
  Object.assign(exports, instance.exports);
  (exports["proxy_on_context_create"] as WasmFunction)(1, 0);
  return exports as Record<string, WasmFunction>;
}
