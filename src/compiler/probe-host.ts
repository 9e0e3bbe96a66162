/** The smallest proxy-wasm host in which a module can be tried after its build. Every upstream and every property is missing. */
import { BufferType, LogLevel, MapType, Status } from "../abi/constants.js";
import { type WasmMemory, type WasmModule, webAssembly } from "../web-assembly.js";

export interface ProbeHost {
  /** Bytes of the configuration. */
  readonly configurationSize: number;
  /** Calls a function that the module exports; undefined where it exports none of that name. Throws when the module traps. */
  readonly call: (name: string, ...args: number[]) => number | undefined;
  /** Error lines of the module's log. */
  readonly errors: string[];
  /** Statuses of the answers that the module gave. */
  readonly answers: number[];
}

type NativeFunction = (...args: never[]) => number;

const headers = {
  [MapType.RequestHeaders]: [":method", "GET", ":path", "/", ":authority", "sluice.invalid", ":scheme", "http"],
  [MapType.ResponseHeaders]: [":status", "200"],
} as const;

/** Instantiates a module, which will read this configuration. */
export async function startProbe(module: WasmModule, configurationText: string): Promise<ProbeHost> {
  const configuration = new TextEncoder().encode(configurationText);
  const running: { exports?: Record<string, unknown> } = {};
  const buffer = (): ArrayBuffer => (running.exports!["memory"] as WasmMemory).buffer;
  const call = (name: string, ...args: number[]): number | undefined =>
    (running.exports![name] as ((...values: number[]) => number) | undefined)?.(...args);
  const write = (bytes: Uint8Array, pointerOut: number, lengthOut: number): number => {
    const pointer = call("proxy_on_memory_allocate", bytes.length)!;
    new Uint8Array(buffer(), pointer, bytes.length).set(bytes);
    new DataView(buffer()).setUint32(pointerOut, pointer, true);
    new DataView(buffer()).setUint32(lengthOut, bytes.length, true);
    return Status.Ok;
  };
  const writeTime = (out: number): number => {
    new DataView(buffer()).setBigUint64(out, BigInt(Date.now()) * 1_000_000n, true);
    return Status.Ok;
  };
  const errors: string[] = [];
  const answers: number[] = [];
  const ok = (): number => Status.Ok;

  const env: Record<string, NativeFunction> = {
    proxy_log: (level: number, pointer: number, length: number) => {
      if (level >= LogLevel.Error) {
        errors.push(new TextDecoder().decode(new Uint8Array(buffer(), pointer, length)));
      }
      return Status.Ok;
    },
    proxy_get_log_level: (out: number) => {
      new DataView(buffer()).setUint32(out, LogLevel.Error, true);
      return Status.Ok;
    },
    proxy_get_current_time_nanoseconds: writeTime,
    proxy_set_effective_context: ok,
    proxy_set_tick_period_milliseconds: ok,
    proxy_continue_stream: ok,
    proxy_set_header_map_pairs: ok,
    proxy_get_header_map_pairs: (map: number, pointerOut: number, lengthOut: number) =>
      write(serialise(map in headers ? headers[map as keyof typeof headers] : []), pointerOut, lengthOut),
    proxy_get_buffer_bytes: (type: number, start: number, length: number, pointerOut: number, lengthOut: number) =>
      type === BufferType.PluginConfiguration
        ? write(configuration.slice(start, start + length), pointerOut, lengthOut)
        : Status.NotFound,
    proxy_send_local_response: (status: number) => {
      answers.push(status);
      return Status.Ok;
    },
  };
  for (const { module: from, name } of webAssembly.Module.imports(module)) {
    if (from === "env") {
      env[name] ??= () => Status.NotFound;
    }
  }
  const wasi: Record<string, NativeFunction> = {
    clock_time_get: (_clock: number, _precision: bigint, out: number) => writeTime(out),
    random_get: (pointer: number, length: number) => {
      crypto.getRandomValues(new Uint8Array(buffer(), pointer, length));
      return Status.Ok;
    },
    fd_write: ok,
    fd_close: ok,
    fd_seek: ok,
    fd_fdstat_get: ok,
  };
  const instance = await webAssembly.instantiate(module, { env, wasi_snapshot_preview1: wasi });
  running.exports = instance.exports;
  return { configurationSize: configuration.length, call, errors, answers };
}

/** proxy-wasm's form of a header list. */
function serialise(list: readonly string[]): Uint8Array {
  const texts = list.map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(4 + texts.reduce((size, text) => size + 4 + text.length + 1, 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, texts.length / 2, true);
  let at = 4 + texts.length * 4;
  for (const [index, text] of texts.entries()) {
    view.setUint32(4 + index * 4, text.length, true);
    bytes.set(text, at);
    at += text.length + 1;
  }
  return bytes;
}
