import { describe, expect, it } from "vitest";
import { BufferType, MapType, Status } from "../../abi/constants.js";
import { type HostcallSignature, hostcalls } from "../../abi/hostcalls.js";
import type { Hostcalls } from "../../abi/port.js";
import { GuestMemory } from "./guest-memory.js";
import { hostcallImports, type ImportedFunction } from "./hostcall-imports.js";

const pageBytes = 65_536;

interface World {
  bytes: Buffer;
  calls: [name: string, args: unknown[]][];
  imports: Record<string, ImportedFunction>;
  /** Writes text at a place; returns pointer and length. */
  put(pointer: number, text: string | Uint8Array): [number, number];
  /** The bytes at a pointer and a length that stand at these places. */
  read(pointerOut: number, lengthOut: number): string;
}

/** A memory of one page whose allocator gives from byte 32768 on; `answers` are what the host's functions return. */
function world(answers: Partial<Record<keyof Hostcalls, unknown>> = {}, allocate?: () => unknown): World {
  const bytes = Buffer.from(new ArrayBuffer(pageBytes));
  const calls: World["calls"] = [];
  let next = 32_768;
  const memory = new GuestMemory(
    { buffer: bytes.buffer },
    allocate ??
      ((size) => {
        next += size;
        return next - size;
      }),
  );
  const host = Object.fromEntries(
    Object.keys(hostcalls).map((name) => [
      name,
      (...args: unknown[]) => {
        calls.push([name, args]);
        return answers[name as keyof Hostcalls];
      },
    ]),
  ) as unknown as Hostcalls;
  return {
    bytes,
    calls,
    imports: hostcallImports(host, () => memory),
    put: (pointer, text) => [pointer, Buffer.from(text).copy(bytes, pointer)],
    read: (pointerOut, lengthOut) => {
      const pointer = bytes.readUInt32LE(pointerOut);
      return bytes.toString("latin1", pointer, pointer + bytes.readUInt32LE(lengthOut));
    },
  };
}

const call = ({ imports }: World, name: string, ...args: (number | bigint)[]): number =>
  imports[name]?.(...args) ?? NaN;

describe("hostcalls of a module", () => {
  it("get strings, byte strings, bytes, lists and paths out of its memory", () => {
    const it = world({ httpCall: 7, addHeaderMapValue: Status.Ok, setProperty: Status.Ok });
    const list = it.put(200, Buffer.from([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x61, 0, 0xe9, 0]));
    expect(call(it, "proxy_http_call", ...it.put(0, "aüth"), ...list, ...it.put(100, "body"), 0, 0, 1500, 300)).toBe(
      Status.Ok,
    );
    expect(it.bytes.readUInt32LE(300)).toBe(7);
    call(it, "proxy_add_header_map_value", 0, ...it.put(400, "x"), ...it.put(410, Uint8Array.of(0xff)));
    call(it, "proxy_set_property", ...it.put(500, "a\0b"), ...it.put(510, "v"));
    expect(it.calls).toEqual([
      ["httpCall", ["aüth", ["a", "é"], new Uint8Array(Buffer.from("body")), [], 1500]],
      ["addHeaderMapValue", [MapType.RequestHeaders, "x", "ÿ"]],
      ["setProperty", [["a", "b"], new Uint8Array(Buffer.from("v"))]],
    ]);
  });

  it("get numbers of 64 bits, and lengths beyond 31 bits as such", () => {
    const it = world({ incrementMetric: Status.Ok, getBufferBytes: new Uint8Array([1]) });
    call(it, "proxy_increment_metric", 5, -3n);
    call(it, "proxy_get_buffer_bytes", BufferType.HttpRequestBody, 0, -1, 100, 104);
    expect(it.calls).toEqual([
      ["incrementMetric", [5, -3]],
      ["getBufferBytes", [0, 0, 0xffff_ffff]],
    ]);
  });

  it("put results into memory that the module allocates", () => {
    const it = world({
      getHeaderMapValue: "é",
      getHeaderMapPairs: ["a", "1"],
      getSharedData: [Buffer.from("data"), 3],
      getMetric: 2 ** 40,
      getCurrentTimeMilliseconds: 1_700_000_000_123,
      getStatus: [4, "late"],
    });
    expect(call(it, "proxy_get_header_map_value", 0, ...it.put(0, "x"), 100, 104)).toBe(Status.Ok);
    expect(it.read(100, 104)).toBe("é");
    call(it, "proxy_get_header_map_pairs", 0, 100, 104);
    expect(it.read(100, 104)).toBe("\x01\0\0\0\x01\0\0\0\x01\0\0\0a\x001\0");
    call(it, "proxy_get_shared_data", ...it.put(0, "k"), 100, 104, 108);
    expect([it.read(100, 104), it.bytes.readUInt32LE(108)]).toEqual(["data", 3]);
    call(it, "proxy_get_metric", 1, 112);
    expect(it.bytes.readBigUInt64LE(112)).toBe(2n ** 40n);
    call(it, "proxy_get_current_time_nanoseconds", 120);
    expect(it.bytes.readBigUInt64LE(120)).toBe(1_700_000_000_123_000_000n);
    call(it, "proxy_get_status", 128, 100, 104);
    expect([it.bytes.readUInt32LE(128), it.read(100, 104)]).toEqual([4, "late"]);
  });

  it("say that something is not there, or empty, and what a handle's call says", () => {
    const it = world({ registerSharedQueue: -Status.InternalFailure });
    expect(call(it, "proxy_get_header_map_value", 0, 0, 1, 100, 104)).toBe(Status.NotFound);
    expect(call(it, "proxy_dequeue_shared_queue", 1, 100, 104)).toBe(Status.Empty);
    expect(call(it, "proxy_register_shared_queue", 0, 1, 100)).toBe(Status.InternalFailure);
  });

  it("allocate nothing for an empty result", () => {
    const it = world({ getHeaderMapPairs: [] }, () => {
      throw new Error("allocated");
    });
    it.bytes.fill(0xff, 100, 108);
    expect(call(it, "proxy_get_header_map_pairs", 0, 100, 104)).toBe(Status.Ok);
    expect([it.bytes.readUInt32LE(100), it.bytes.readUInt32LE(104)]).toEqual([0, 0]);
  });

  it("tell the sizes of buffers and maps", () => {
    const it = world({ getBufferBytes: new Uint8Array(300), getHeaderMapPairs: ["ab", "c"] });
    expect(call(it, "proxy_get_buffer_status", 0, 100, 104)).toBe(Status.Ok);
    expect(it.bytes.readUInt32LE(100)).toBe(300);
    expect(call(it, "proxy_get_header_map_size", 0, 100)).toBe(Status.Ok);
    expect(it.bytes.readUInt32LE(100)).toBe(3);
    expect(call(world(), "proxy_get_buffer_status", 0, 100, 104)).toBe(Status.NotFound);
  });

  it("take no malformed list", () => {
    const it = world();
    expect(call(it, "proxy_set_header_map_pairs", 0, ...it.put(0, "\x09\0\0\0"))).toBe(Status.BadArgument);
    expect(it.calls).toEqual([]);
  });
});

describe("pointers and lengths of a module", () => {
  const signatures = Object.values<HostcallSignature>(hostcalls);
  const pointers = ({ parameters, results }: HostcallSignature): number =>
    parameters.filter((kind) => kind !== "i32" && kind !== "i64").length + results.length;
  const bad: [what: string, pointer: number, length: number][] = [
    ["behind the end", pageBytes, 1],
    ["across the end", pageBytes - 2, 3],
    ["negative", -1, 1],
    ["huge lengths", 0, -1],
    ["lengths that wrap around", 100, -50],
  ];

  it.each(bad)("%s are refused by every hostcall, which then does nothing", (_what, pointer, length) => {
    const it = world();
    for (const { import: name, parameters, results } of signatures.filter((signature) => pointers(signature) > 0)) {
      const args = parameters.flatMap((kind): (number | bigint)[] =>
        kind === "i32" ? [0] : kind === "i64" ? [0n] : [pointer, length],
      );
      // Out-pointers of 4 bytes; where parameters are bad already, good ones.
      const outs = results.flatMap((kind) =>
        kind === "i32" || kind === "i64" || kind === "nanoseconds" ? [0] : [0, 8],
      );
      const only =
        args.length === parameters.length
          ? outs.map(() => (pointer === 0 || pointer === 100 ? pageBytes - 2 : pointer))
          : outs;
      expect([name, call(it, name, ...args, ...only)]).toEqual([name, Status.InvalidMemoryAccess]);
    }
    expect(it.calls).toEqual([]);
  });

  it("for results are looked at before anything is done", () => {
    const it = world({ httpCall: 1 });
    expect(call(it, "proxy_http_call", 0, 1, 0, 0, 0, 0, 0, 0, 100, pageBytes - 3)).toBe(Status.InvalidMemoryAccess);
    expect(it.calls).toEqual([]);
  });

  it.each([
    ["nothing", 0],
    ["what is outside", pageBytes],
    ["what is too near the end", pageBytes - 2],
    ["no number", undefined],
  ])("that its allocator gives are checked: %s", (_what, given) => {
    const it = world({ getHeaderMapValue: "value" }, () => given);
    expect(call(it, "proxy_get_header_map_value", 0, 0, 1, 100, 104)).toBe(Status.InvalidMemoryAccess);
  });
});
