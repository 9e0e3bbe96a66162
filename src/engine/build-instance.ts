/** An engine that runs in Node for as long as its policy is initialised. */
import { type WasmGlobal, type WasmMemory, type WasmModule, webAssembly } from "../web-assembly.js";

export interface BuildInstance {
  readonly memory: WasmMemory;
  /**
   * Evaluates the prelude and the bundle. Throws with what was thrown there.
   *
   * @param lines whose the bundle's lines are, as `quickjs/strip.c` has it; without it functions keep all that there is for stacks
   */
  start(prelude: string, bundle: string, filename: string, lines?: Uint32Array): void;
  /** Whether the guest has the function at that place of `guestFunctionNames`. */
  has(guestFunction: number): boolean;
  /** Overwrites what is free in the heap. */
  wipeHeap(): void;
  /** Leaves out of the heap what the finished module puts back when it starts. Ends the instance's use. */
  freezeHeap(): void;
  global(name: string): number | bigint;
}

type EngineExports = Record<string, unknown> & {
  memory: WasmMemory;
  engine_allocate(size: number): number;
  engine_free(pointer: number): void;
  engine_freeze(): void;
  engine_has(guestFunction: number): number;
  engine_start(...sources: number[]): number;
  engine_wipe(): void;
};

type NativeFunction = (...args: never[]) => number;

const OK = 0;
/** Of WASI's clocks. */
const PROCESS_CPU_TIME = 2;
const LOG = "proxy_log";

/** Engines that were compiled before: V8 would make their machine code anew for each policy. */
const compiled = new WeakMap<Uint8Array, Promise<WasmModule>>();

function compileOnce(engine: Uint8Array): Promise<WasmModule> {
  const module = compiled.get(engine) ?? webAssembly.compile(engine);
  compiled.set(engine, module);
  return module;
}

/** Runs the engine. */
export async function instantiateAtBuildTime(engine: Uint8Array): Promise<BuildInstance> {
  const module = await compileOnce(engine);
  const logged: string[] = [];
  const running: { exports?: EngineExports } = {};
  const memory = (): WasmMemory => running.exports!.memory;
  const bytes = (pointer: number, length: number): Uint8Array => new Uint8Array(memory().buffer, pointer, length);

  const env: Record<string, NativeFunction> = {};
  for (const { module: from, name } of webAssembly.Module.imports(module)) {
    if (from !== "env") {
      continue;
    }
    env[name] = () => {
      throw new Error(
        `The policy calls ${name} while it is loaded. There is no host yet: move it into configure or a filter.`,
      );
    };
  }
  env[LOG] = (_level: number, pointer: number, length: number) => {
    logged.push(new TextDecoder().decode(bytes(pointer, length)));
    return OK;
  };
  const instance = await webAssembly.instantiate(module, { env, wasi_snapshot_preview1: wasi(memory) });
  const exports = instance.exports as EngineExports;
  running.exports = exports;

  /** Bytes of a text with a zero byte behind it, which QuickJS wants. */
  const place = (text: string): [pointer: number, length: number] => {
    const encoded = new TextEncoder().encode(text);
    const pointer = exports.engine_allocate(encoded.length + 1);
    bytes(pointer, encoded.length).set(encoded);
    bytes(pointer + encoded.length, 1)[0] = 0;
    return [pointer, encoded.length];
  };

  return {
    memory: exports.memory,
    start(prelude, bundle, filename, lines) {
      const [preludePointer, preludeLength] = place(prelude);
      const [preludeName] = place("sluice");
      const [bundlePointer, bundleLength] = place(bundle);
      const [bundleName] = place(filename);
      const linesPointer = lines === undefined ? 0 : exports.engine_allocate(lines.byteLength + 1);
      if (lines !== undefined) {
        bytes(linesPointer, lines.byteLength).set(new Uint8Array(lines.buffer));
      }
      const sources = [preludePointer, preludeLength, preludeName, bundlePointer, bundleLength, bundleName];
      const failed = exports.engine_start(...sources, linesPointer, lines?.length ?? 0) !== 0;
      for (const pointer of [preludePointer, preludeName, bundlePointer, bundleName, linesPointer]) {
        exports.engine_free(pointer);
      }
      if (failed) {
        throw new Error(logged.join("\n"));
      }
    },
    has: (guestFunction) => exports.engine_has(guestFunction) !== 0,
    wipeHeap: () => {
      exports.engine_wipe();
    },
    freezeHeap: () => {
      exports.engine_freeze();
    },
    global: (name) => (exports[name] as WasmGlobal).value,
  };
}

/** WASI's ENOTSUP. */
const NOT_SUPPORTED = 58;

/**
 * The WASI functions that QuickJS and the bridge import. Two builds of a policy must not differ: time is zero, which `performance` in the
 * prelude relies on, and nothing is random, which the prelude turns into an error where a policy asks for it.
 */
function wasi(memory: () => WasmMemory): Record<string, NativeFunction> {
  return {
    clock_time_get: (clock: number, _precision: bigint, out: number) => {
      // Only the time limit on the policy's evaluation asks for this one.
      const now = clock === PROCESS_CPU_TIME ? process.hrtime.bigint() : 0n;
      new DataView(memory().buffer).setBigUint64(out, now, true);
      return OK;
    },
    random_get: () => NOT_SUPPORTED,
  };
}
