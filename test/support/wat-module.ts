/** Small proxy-wasm modules from WebAssembly's text format: for tests of hosts. */
import binaryen from "binaryen";

export interface WatOptions {
  /** `(import …)`, which stand before everything else. */
  imports?: string;
  /** The export that tells the ABI; empty for none. Default `proxy_abi_version_0_2_1`. */
  abi?: string;
  /** Makes it look like a module of Sluice's own compiler. */
  sluice?: boolean;
  /** Of its memory. Default 1. */
  pages?: number;
}

/** The functions of `env` that modules under test use most. */
export const commonImports = `
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $get_header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_replace_header_map_value" (func $set_header (param i32 i32 i32 i32 i32) (result i32)))
`;

/**
 * A module with a memory of one page or more, an allocator that never frees (from byte 8192 on) and these functions besides.
 * Bytes below 8192 are the test's own.
 */
export function watModule(body: string, options: WatOptions = {}): Uint8Array {
  const { imports = "", abi = "proxy_abi_version_0_2_1", sluice = false, pages = 1 } = options;
  const text = `(module
    ${imports}
    (memory (export "memory") ${pages})
    (global $next (mut i32) (i32.const 8192))
    ${abi === "" ? "" : `(func (export "${abi}"))`}
    (func $allocate (export "proxy_on_memory_allocate") (param $size i32) (result i32)
      (local $start i32)
      (local.set $start (global.get $next))
      (global.set $next (i32.add (global.get $next) (local.get $size)))
      (local.get $start))
    ${body})`;
  const module = binaryen.parseText(text);
  try {
    const wasm = module.emitBinary();
    return sluice ? withSluiceSection(wasm) : wasm;
  } finally {
    module.dispose();
  }
}

/** The module with the section by which hosts know a module of Sluice's own compiler. */
function withSluiceSection(wasm: Uint8Array): Uint8Array {
  const name = Buffer.from("sluice");
  const content = Buffer.from('{"name":"test","version":"0.0.0"}');
  // Lengths below 128 are one byte each.
  return Buffer.concat([wasm, Buffer.from([0, 1 + name.length + content.length, name.length]), name, content]);
}
