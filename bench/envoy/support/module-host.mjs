// A proxy-wasm host in Node that does as little as it can: what is measured in it is the module.
import { readFile } from "node:fs/promises";

/** The parts of the API that Node's type declarations lack. */
const wasm = /** @type {typeof import("../../../src/web-assembly.js").webAssembly} */ (
  Reflect.get(globalThis, "WebAssembly")
);
const OK = 0;
const NOT_FOUND = 1;
const CAS_MISMATCH = 8;

/** @typedef {(...args: number[]) => number} Callback */
/** @typedef {[name: string, value: string][]} HeaderPairs */

/** One instance of a module, with root context 1. */
export class ModuleHost {
  /** How often each hostcall was called since `countHostcalls`; undefined while nobody counts. @type {Map<string, number> | undefined} */
  #counts;
  /** @type {Record<string, Callback>} */
  #exports = {};
  /** @type {import("../../../src/web-assembly.js").WasmMemory} */
  #memory = { buffer: new ArrayBuffer(0) };
  #buffer = new Uint8Array(0);
  /** @type {Map<string, Buffer>} */
  #values = new Map();
  #pairs = new Uint8Array(0);
  /** Shared data: bytes, and the number of the set that wrote them. @type {Map<string, [value: Buffer, cas: number]>} */
  #shared = new Map();
  #sets = 0;
  /** How many the module has defined. */
  #metrics = 0;
  /** What `proxy_get_buffer_bytes` gives. */
  buffer = new Uint8Array(0);
  /** What foreign functions give; undefined: there are none. @type {Uint8Array | undefined} */
  foreign;
  /** Milliseconds since the epoch, where time stands still. @type {number | undefined} */
  now;
  /** What the module logged. @type {string[]} */
  log = [];
  /** Is given the address of each opcode that a module with a counter runs; see opcode-counter.mjs. @type {((address: number) => void) | undefined} */
  onOpcode;

  /**
   * Instantiates the module and configures it.
   * @param {string} path @param {string} [configuration]
   */
  static async start(path, configuration = "{}") {
    return ModuleHost.run(await readFile(path), path, configuration);
  }

  /** @param {Uint8Array} bytes @param {string} name @param {string} [configuration] */
  static run(bytes, name, configuration = "{}") {
    const host = new ModuleHost();
    const module = new wasm.Module(bytes);
    /** @type {Record<string, Record<string, Callback>>} */
    const imports = {};
    const known = host.#hostcalls();
    for (const { module: from, name: wanted } of wasm.Module.imports(module)) {
      const call = known[wanted] ?? (() => OK);
      (imports[from] ??= {})[wanted] =
        from === "count"
          ? (address = 0) => {
              host.onOpcode?.(address);
              return address;
            }
          : (...args) => {
              if (host.#counts !== undefined) {
                host.#counts.set(wanted, (host.#counts.get(wanted) ?? 0) + 1);
              }
              return call(...args);
            };
    }
    const instance = new wasm.Instance(module, imports);
    host.#exports = /** @type {Record<string, Callback>} */ (instance.exports);
    host.#memory = /** @type {import("../../../src/web-assembly.js").WasmMemory} */ (instance.exports["memory"]);
    for (const start of ["_initialize", "_start"]) {
      host.#exports[start]?.();
    }
    host.buffer = Buffer.from(configuration);
    host.callback("proxy_on_context_create")?.(1, 0);
    host.callback("proxy_on_vm_start")?.(1, 0);
    const configured = host.callback("proxy_on_configure")?.(1, host.buffer.length) ?? 1;
    if (configured === 0) {
      throw new Error(`${name} refuses its configuration:\n${host.log.join("\n")}`);
    }
    return host;
  }

  /** The module's export of that name; undefined where there is none, which a host takes for "continue". @param {string} name */
  callback(name) {
    return this.#exports[name];
  }

  get memoryBytes() {
    return this.#memory.buffer.byteLength;
  }

  get memory() {
    return this.#memory.buffer;
  }

  /** What the module finds in every header map. @param {HeaderPairs} headers */
  set headers(headers) {
    this.#values = new Map(headers.map(([name, value]) => [name, Buffer.from(value, "latin1")]));
    this.#pairs = serialise(headers);
  }

  /** The hostcalls that `action` makes. @param {() => void} action */
  countHostcalls(action) {
    const counts = (this.#counts = new Map());
    action();
    this.#counts = undefined;
    return counts;
  }

  /** The memory, also after it has grown. */
  #bytes() {
    if (this.#buffer.buffer !== this.#memory.buffer) {
      this.#buffer = new Uint8Array(this.#memory.buffer);
    }
    return this.#buffer;
  }

  /** @param {number} address @param {number} value */
  #store32(address, value) {
    new Uint32Array(this.#memory.buffer, address, 1)[0] = value;
  }

  /** @param {number} pointer @param {number} length */
  #text(pointer, length) {
    return Buffer.from(this.#memory.buffer, pointer, length).toString("latin1");
  }

  /** Hands bytes to the module. @param {Uint8Array} bytes @param {number} pointerOut @param {number} lengthOut */
  #give(bytes, pointerOut, lengthOut) {
    const allocate = this.#exports["proxy_on_memory_allocate"] ?? this.#exports["malloc"];
    const pointer = allocate?.(bytes.length) ?? 0;
    this.#bytes().set(bytes, pointer);
    this.#store32(pointerOut, pointer);
    this.#store32(lengthOut, bytes.length);
    return OK;
  }

  /** @returns {Record<string, (...args: number[]) => number>} */
  #hostcalls() {
    const nanoseconds = (/** @type {number} */ out) => {
      new DataView(this.#memory.buffer).setBigUint64(out, BigInt(this.now ?? Date.now()) * 1_000_000n, true);
      return OK;
    };
    return {
      proxy_log: (_level = 0, pointer = 0, length = 0) => {
        this.log.push(this.#text(pointer, length));
        return OK;
      },
      proxy_get_current_time_nanoseconds: (out = 0) => nanoseconds(out),
      proxy_get_header_map_pairs: (_map = 0, pointerOut = 0, lengthOut = 0) =>
        this.#give(this.#pairs, pointerOut, lengthOut),
      proxy_get_header_map_value: (_map = 0, name = 0, length = 0, pointerOut = 0, lengthOut = 0) => {
        const value = this.#values.get(this.#text(name, length));
        return value === undefined ? NOT_FOUND : this.#give(value, pointerOut, lengthOut);
      },
      proxy_get_buffer_bytes: (_type = 0, start = 0, length = 0, pointerOut = 0, lengthOut = 0) =>
        this.#give(this.buffer.subarray(start, start + length), pointerOut, lengthOut),
      proxy_get_property: () => NOT_FOUND,
      proxy_call_foreign_function: (_name = 0, _length = 0, _argument = 0, _size = 0, pointerOut = 0, lengthOut = 0) =>
        this.foreign === undefined ? NOT_FOUND : this.#give(this.foreign, pointerOut, lengthOut),
      proxy_get_shared_data: (name = 0, length = 0, pointerOut = 0, lengthOut = 0, casOut = 0) => {
        const [value, cas] = this.#shared.get(this.#text(name, length)) ?? [];
        if (value === undefined || cas === undefined) {
          return NOT_FOUND;
        }
        this.#store32(casOut, cas);
        return this.#give(value, pointerOut, lengthOut);
      },
      proxy_set_shared_data: (name = 0, length = 0, pointer = 0, size = 0, cas = 0) => {
        const key = this.#text(name, length);
        const [, now = 0] = this.#shared.get(key) ?? [];
        if (cas !== 0 && now !== 0 && cas !== now) {
          return CAS_MISMATCH;
        }
        this.#sets += 1;
        this.#shared.set(key, [Buffer.from(this.#bytes().slice(pointer, pointer + size)), this.#sets]);
        return OK;
      },
      proxy_define_metric: (_type = 0, _name = 0, _length = 0, out = 0) => {
        this.#metrics += 1;
        this.#store32(out, this.#metrics);
        return OK;
      },
      clock_time_get: (_clock = 0, _precision = 0, out = 0) => nanoseconds(out),
      random_get: (pointer = 0, length = 0) => {
        crypto.getRandomValues(this.#bytes().subarray(pointer, pointer + length));
        return OK;
      },
    };
  }
}

/** A header map as proxy-wasm serialises it. @param {HeaderPairs} headers */
function serialise(headers) {
  const lengths = new Uint32Array([headers.length, ...headers.flatMap(([name, value]) => [name.length, value.length])]);
  return Buffer.concat([
    new Uint8Array(lengths.buffer),
    ...headers.map(([name, value]) => Buffer.from(`${name}\0${value}\0`, "latin1")),
  ]);
}
