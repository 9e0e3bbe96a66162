/** The WebAssembly JavaScript API as a host of modules uses it: Node has it, and its type declarations lack it. */

export type WasmModule = object;

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** A function of a module: numbers of 32 bits as numbers, of 64 bits as bigints. */
export type WasmFunction = (...args: (number | bigint | boolean)[]) => number | bigint | undefined;

export type WasmImports = Record<string, Record<string, (...args: never[]) => unknown>>;

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: Record<string, unknown> };
  Module: {
    imports(module: WasmModule): { module: string; name: string; kind: string }[];
    exports(module: WasmModule): { name: string; kind: string }[];
    customSections(module: WasmModule, name: string): ArrayBuffer[];
  };
}

export const webAssembly = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
