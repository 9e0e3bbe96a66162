/** The smallest proxy-wasm host that can call a module and hold what it did: for tests of the engine, not of policies. */

import { callForeignFunction } from "../../src/host/hostcalls/foreign-functions.js";
import { type WasmMemory, webAssembly } from "../../src/web-assembly.js";

const OK = 0;
const NOT_FOUND = 1;
const BAD_ARGUMENT = 2;

export interface ModuleHost {
  /** The module's callbacks. */
  readonly exports: Record<string, (...args: number[]) => number>;
  readonly memoryBytes: number;
  readonly log: string[];
  /** Every hostcall but log, clock and reads, with its numbers and byte strings. */
  readonly calls: { name: string; args: (number | string)[] }[];
  /** What `proxy_get_header_map_pairs` and `_value` give for every map, as byte strings. */
  headers: [name: string, value: string][];
  /** Gives them instead of `headers`, where contexts have different ones. */
  headersNow: (() => [name: string, value: string][]) | undefined;
  /** What `proxy_get_buffer_bytes` gives for every buffer. */
  buffer: Uint8Array;
  /** The contexts there are, for `proxy_set_effective_context`; undefined: it knows any. */
  contexts: ReadonlySet<number> | undefined;
  /** What its clocks show, in nanoseconds. */
  clock: () => bigint;
  /** The context on which hostcalls act, where the module has set one in the running callback. */
  effectiveContext: number | undefined;
  /** Gives the value of `request.id`; undefined: it is not known. */
  requestId: (() => string) | undefined;
  /** The tokens of the calls that were made, the last one at the end. */
  readonly httpCalls: number[];
}

/** Instantiates a module and starts its root context 1. */
export async function startModule(wasm: Uint8Array): Promise<ModuleHost> {
  const module = await webAssembly.compile(wasm);
  const memory = (): WasmMemory => exports["memory"] as unknown as WasmMemory;
  const view = (): DataView => new DataView(memory().buffer);
  const read = (pointer: number, length: number): string =>
    Buffer.from(memory().buffer, pointer, length).toString("latin1");
  const give = (bytes: Uint8Array, pointerOut: number, lengthOut: number): number => {
    const pointer = exports["proxy_on_memory_allocate"]!(bytes.length);
    new Uint8Array(memory().buffer, pointer, bytes.length).set(bytes);
    view().setUint32(pointerOut, pointer, true);
    view().setUint32(lengthOut, bytes.length, true);
    return OK;
  };
  const host: ModuleHost = {
    get exports() {
      return exports;
    },
    get memoryBytes() {
      return memory().buffer.byteLength;
    },
    log: [],
    calls: [],
    headers: [],
    headersNow: undefined,
    buffer: new Uint8Array(0),
    contexts: undefined,
    clock: () => BigInt(Date.now()) * 1_000_000n,
    effectiveContext: undefined,
    requestId: undefined,
    httpCalls: [],
  };
  const headers = (): [string, string][] => host.headersNow?.() ?? host.headers;
  const record = (name: string, ...args: (number | string)[]): number => {
    host.calls.push({ name, args });
    return OK;
  };
  const setHeader =
    (name: string) =>
    (map: number, key: number, keyLength: number, value: number, valueLength: number): number =>
      record(name, map, read(key, keyLength), read(value, valueLength));

  let metrics = 0;
  const env: Record<string, (...args: number[]) => number> = {};
  for (const { module: from, name } of webAssembly.Module.imports(module)) {
    if (from === "env") {
      env[name] = (...args) => record(name, ...args);
    }
  }
  Object.assign(env, {
    proxy_log: (_level: number, pointer: number, length: number) => {
      host.log.push(Buffer.from(memory().buffer, pointer, length).toString());
      return OK;
    },
    proxy_get_header_map_pairs: (_map: number, pointerOut: number, lengthOut: number) =>
      give(serialise(headers()), pointerOut, lengthOut),
    proxy_get_header_map_value: (
      _map: number,
      key: number,
      keyLength: number,
      pointerOut: number,
      lengthOut: number,
    ) => {
      const found = headers().find(([name]) => name === read(key, keyLength));
      return found === undefined ? NOT_FOUND : give(Buffer.from(found[1], "latin1"), pointerOut, lengthOut);
    },
    proxy_get_log_level: (levelOut: number) => {
      view().setUint32(levelOut, 0, true);
      return OK;
    },
    proxy_get_current_time_nanoseconds: (timeOut: number) => {
      view().setBigUint64(timeOut, host.clock(), true);
      return OK;
    },
    proxy_get_property: (path: number, pathLength: number, pointerOut: number, lengthOut: number) =>
      host.requestId === undefined || read(path, pathLength) !== "request\0id"
        ? NOT_FOUND
        : give(Buffer.from(host.requestId()), pointerOut, lengthOut),
    proxy_set_effective_context: (id: number) => {
      if (host.contexts?.has(id) === false) {
        return BAD_ARGUMENT;
      }
      host.effectiveContext = id;
      return record("proxy_set_effective_context", id);
    },
    proxy_http_call: (...args: number[]) => {
      host.httpCalls.push(host.httpCalls.length + 1);
      view().setUint32(args.at(-1) ?? 0, host.httpCalls.length, true);
      return OK;
    },
    proxy_define_metric: (...args: number[]) => {
      view().setUint32(args.at(-1) ?? 0, ++metrics, true);
      return record("proxy_define_metric", ...args);
    },
    proxy_replace_header_map_value: setHeader("proxy_replace_header_map_value"),
    proxy_add_header_map_value: setHeader("proxy_add_header_map_value"),
    proxy_remove_header_map_value: (map: number, key: number, keyLength: number) =>
      record("proxy_remove_header_map_value", map, read(key, keyLength)),
    proxy_set_header_map_pairs: (map: number, pointer: number, length: number) =>
      record("proxy_set_header_map_pairs", map, read(pointer, length)),
    proxy_get_buffer_bytes: (_type: number, start: number, length: number, pointerOut: number, lengthOut: number) =>
      give(host.buffer.slice(start, start + length), pointerOut, lengthOut),
    proxy_set_buffer_bytes: (type: number, start: number, length: number, pointer: number, size: number) =>
      record("proxy_set_buffer_bytes", type, start, length, read(pointer, size)),
    proxy_call_foreign_function: (
      name: number,
      nameLength: number,
      argument: number,
      argumentLength: number,
      pointerOut: number,
      lengthOut: number,
    ) => {
      const result = callForeignFunction(read(name, nameLength), Buffer.from(read(argument, argumentLength), "latin1"));
      return result === undefined ? BAD_ARGUMENT : give(result, pointerOut, lengthOut);
    },
    proxy_send_local_response: (
      status: number,
      details: number,
      detailsLength: number,
      body: number,
      bodyLength: number,
      list: number,
      listLength: number,
    ) =>
      record(
        "proxy_send_local_response",
        status,
        read(details, detailsLength),
        read(body, bodyLength),
        pairs(read(list, listLength)),
      ),
  });
  const wasi = {
    clock_time_get: (_clock: number, _precision: bigint, out: number) => {
      view().setBigUint64(out, host.clock(), true);
      return OK;
    },
    random_get: (pointer: number, length: number) => {
      crypto.getRandomValues(new Uint8Array(memory().buffer, pointer, length));
      return OK;
    },
    fd_write: () => OK,
    fd_close: () => OK,
    fd_seek: () => OK,
    fd_fdstat_get: () => OK,
  };
  const instance = await webAssembly.instantiate(module, { env, wasi_snapshot_preview1: wasi });
  const exports = instance.exports as ModuleHost["exports"];
  exports["proxy_on_context_create"]!(1, 0);
  return host;
}

/** What `serialise` has made, read for people: `name=value,name=value`. */
function pairs(serialised: string): string {
  const bytes = Buffer.from(serialised, "latin1");
  const texts =
    bytes.length === 0
      ? []
      : bytes
          .toString("latin1", 4 + bytes.readUInt32LE(0) * 8)
          .split("\0")
          .slice(0, -1);
  return texts.map((text, index) => (index % 2 === 0 ? `${index === 0 ? "" : ","}${text}=` : text)).join("");
}

/** A header map as proxy-wasm serialises it. */
export function serialise(headers: readonly (readonly [string, string])[]): Uint8Array {
  const lengths = Buffer.alloc(4 + headers.length * 8);
  lengths.writeUInt32LE(headers.length, 0);
  headers.forEach(([name, value], index) => {
    lengths.writeUInt32LE(name.length, 4 + index * 8);
    lengths.writeUInt32LE(value.length, 8 + index * 8);
  });
  return Buffer.concat([lengths, ...headers.map(([name, value]) => Buffer.from(`${name}\0${value}\0`, "latin1"))]);
}
