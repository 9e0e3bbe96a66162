/** The functions that a module imports from `env`, made from the table of hostcalls. */
import { type BufferType, type MapType, Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { type HostcallSignature, hostcalls, type ParameterKind, type ResultKind } from "../../abi/hostcalls.js";
import type { HeaderList, Hostcalls } from "../../abi/port.js";
import { isForeignFunction } from "../hostcalls/foreign-functions.js";
import { type GuestMemory, RefusedCall } from "./guest-memory.js";
import { decodeHeaders, decodePath, encodeHeaders } from "./value-codecs.js";

/** What a module passes: 32 bits as a number, 64 as a bigint. */
type Argument = number | bigint;
export type ImportedFunction = (...args: Argument[]) => number;

/** What `env` has besides the table: `memory` throws RefusedCall while the module has none yet. */
export function hostcallImports(host: Hostcalls, memory: () => GuestMemory): Record<string, ImportedFunction> {
  const imports: Record<string, ImportedFunction> = {
    // Both are made of other hostcalls, so they are not in the port.
    proxy_get_buffer_status: refusable((type, lengthOut, flagsOut) => {
      const bytes = host.getBufferBytes(Number(type) as BufferType, 0, 0xffff_ffff);
      if (bytes === undefined) {
        return Status.NotFound;
      }
      memory().check(Number(flagsOut), 4);
      memory().setUint32(Number(lengthOut), bytes.length);
      memory().setUint32(Number(flagsOut), 0);
      return Status.Ok;
    }),
    proxy_get_header_map_size: refusable((type, sizeOut) => {
      const headers = host.getHeaderMapPairs(Number(type) as MapType);
      memory().setUint32(
        Number(sizeOut),
        headers.reduce((size, text) => size + text.length, 0),
      );
      return Status.Ok;
    }),
    // Emscripten tells its host; this one looks for itself.
    emscripten_notify_memory_growth: () => 0,
  };
  for (const name of Object.keys(hostcalls) as (keyof Hostcalls)[]) {
    imports[hostcalls[name].import] = importOf(name, hostcalls[name], host, memory);
  }
  return imports;
}

function importOf(
  name: keyof Hostcalls,
  { parameters, results, returns }: HostcallSignature,
  host: Hostcalls,
  memory: () => GuestMemory,
): ImportedFunction {
  const call = host[name].bind(host) as (...args: unknown[]) => unknown;
  const absent = (values: readonly unknown[]): Status =>
    name === "dequeueSharedQueue"
      ? Status.Empty
      : name === "callForeignFunction" && isForeignFunction(values[0] as string)
        ? Status.BadArgument
        : Status.NotFound;
  return refusable((...args) => {
    const guest = memory();
    const values: unknown[] = [];
    let position = 0;
    for (const kind of parameters) {
      values.push(decode(kind, args, position, guest));
      position += kind === "i32" || kind === "i64" ? 1 : 2;
    }
    // Before anything is done: a result that cannot be written must not leave a call behind.
    checkOutPointers(results, args, position, guest);
    const value = call(...values);
    switch (returns) {
      case "status":
        return value as Status;
      case "nothing":
        return Status.Ok;
      case "handle":
        if ((value as number) < 0) {
          return -(value as number);
        }
        break;
      default:
        if (value === undefined) {
          return absent(values);
        }
    }
    const list = returns === "tuple" ? (value as readonly unknown[]) : [value];
    results.forEach((kind, index) => {
      encode(kind, list[index], args, position, guest);
      position += outPointers(kind);
    });
    return Status.Ok;
  });
}

/** Turns a RefusedCall into its status. Anything else is the module's end: its allocator has trapped. */
function refusable(run: (...args: Argument[]) => number): ImportedFunction {
  return (...args) => {
    try {
      return run(...args);
    } catch (error) {
      if (error instanceof RefusedCall) {
        return error.status;
      }
      throw error;
    }
  };
}

function decode(kind: ParameterKind, args: Argument[], position: number, memory: GuestMemory): unknown {
  const first = args[position] as Argument;
  if (kind === "i32") {
    return Number(first) >>> 0;
  }
  if (kind === "i64") {
    return Number(first);
  }
  const bytes = memory.bytes(Number(first), Number(args[position + 1]));
  switch (kind) {
    case "utf8":
      return bytes.toString();
    case "byteString":
      return bytes.toString("latin1");
    case "bytes":
      return copyBytes(bytes);
    case "path":
      return decodePath(bytes);
    case "headers": {
      const headers = decodeHeaders(bytes);
      if (headers === undefined) {
        throw new RefusedCall(Status.BadArgument);
      }
      return headers;
    }
  }
}

function outPointers(kind: ResultKind): number {
  return kind === "i32" || kind === "i64" || kind === "nanoseconds" ? 1 : 2;
}

function checkOutPointers(results: readonly ResultKind[], args: Argument[], from: number, memory: GuestMemory): void {
  let position = from;
  for (const kind of results) {
    memory.check(Number(args[position]), kind === "i64" || kind === "nanoseconds" ? 8 : 4);
    position++;
    if (outPointers(kind) === 2) {
      memory.check(Number(args[position]), 4);
      position++;
    }
  }
}

function encode(kind: ResultKind, value: unknown, args: Argument[], position: number, memory: GuestMemory): void {
  const out = Number(args[position]);
  switch (kind) {
    case "i32":
      memory.setUint32(out, value as number);
      return;
    case "i64":
      memory.setUint64(out, BigInt(value as number));
      return;
    case "nanoseconds":
      memory.setUint64(out, BigInt(Math.floor(value as number)) * 1_000_000n);
      return;
    default:
      memory.give(serialised(kind, value), out, Number(args[position + 1]));
  }
}

function serialised(kind: "utf8" | "byteString" | "bytes" | "headers", value: unknown): Uint8Array {
  switch (kind) {
    case "utf8":
      return Buffer.from(value as string);
    case "byteString":
      return Buffer.from(value as string, "latin1");
    case "bytes":
      return value as Uint8Array;
    case "headers":
      return encodeHeaders(value as HeaderList);
  }
}
