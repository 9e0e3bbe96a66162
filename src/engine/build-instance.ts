/** An engine that runs in Node for as long as its policy is initialised. */
import { type WasmGlobal, type WasmMemory, type WasmModule, webAssembly } from "../web-assembly.js";

export interface BuildInstance {
  readonly memory: WasmMemory;
  /**
   * The bytecode of a script. Throws what is wrong with it. Not to be used with `start`, or its garbage is in the memory.
   *
   * @param lines whose its lines are, as `quickjs/strip.c` has it; without it functions keep all that there is for stacks
   */
  compile(source: string, filename: string, lines?: Uint32Array): Uint8Array;
  /** Evaluates the prelude and the bundle, given as bytecode. Throws with what was thrown there. */
  start(prelude: Uint8Array, bundle: Uint8Array): void;
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
  engine_compile(source: number, length: number, name: number, lines: number, lineCount: number, size: number): number;
  engine_free(pointer: number): void;
  engine_freeze(): void;
  engine_has(guestFunction: number): number;
  engine_start(prelude: number, preludeSize: number, bundle: number, bundleSize: number): number;
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

  const place = (content: Uint8Array): [pointer: number, size: number] => {
    const pointer = exports.engine_allocate(content.length);
    bytes(pointer, content.length).set(content);
    return [pointer, content.length];
  };
  /** With a zero byte behind it, which QuickJS wants. */
  const placeText = (text: string): [pointer: number, length: number] => {
    const [pointer, size] = place(new TextEncoder().encode(`${text}\0`));
    return [pointer, size - 1];
  };

  return {
    memory: exports.memory,
    compile(source, filename, lines) {
      const [text, length] = placeText(source);
      const [name] = placeText(filename);
      const [list] = lines === undefined ? [0] : place(new Uint8Array(lines.buffer));
      const size = exports.engine_allocate(4);
      const code = exports.engine_compile(text, length, name, list, lines?.length ?? 0, size);
      if (code === 0) {
        throw new Error(logged.join("\n"));
      }
      const result = bytes(code, new DataView(memory().buffer).getUint32(size, true)).slice();
      for (const pointer of [text, name, list, size]) {
        exports.engine_free(pointer);
      }
      return result;
    },
    start(prelude, bundle) {
      const [first, second] = [place(prelude), place(bundle)];
      const failed = exports.engine_start(...first, ...second) !== 0;
      for (const [pointer] of [first, second]) {
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
