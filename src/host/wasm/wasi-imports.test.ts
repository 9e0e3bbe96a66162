import { describe, expect, it } from "vitest";
import { LogLevel } from "../../abi/constants.js";
import { GuestMemory } from "./guest-memory.js";
import { wasiImports } from "./wasi-imports.js";

const success = 0;
const badFile = 8;
const fault = 21;

function world() {
  const bytes = Buffer.from(new ArrayBuffer(65_536));
  const lines: [LogLevel, string][] = [];
  const memory = new GuestMemory({ buffer: bytes.buffer }, () => 0);
  const wasi = wasiImports({
    memory: () => memory,
    now: () => 1_700_000_000_123,
    monotonic: () => 42n,
    log: (level, line) => lines.push([level, line]),
  });
  const call = (name: string, ...args: (number | bigint)[]): number => wasi[name]?.(...args) ?? NaN;
  /** Writes pieces and their vectors, from byte 100 on. */
  const write = (file: number, ...pieces: string[]): number => {
    let at = 1_000;
    pieces.forEach((piece, index) => {
      bytes.writeUInt32LE(at, 100 + index * 8);
      bytes.writeUInt32LE(bytes.write(piece, at), 104 + index * 8);
      at += Buffer.byteLength(piece);
    });
    return call("fd_write", file, 100, pieces.length, 96);
  };
  return { bytes, lines, call, write };
}

describe("WASI in a module", () => {
  it("writes lines of standard output and error to the log, however they are cut", () => {
    const { lines, write, bytes } = world();
    expect(write(1, "hello ", "wör")).toBe(success);
    expect(bytes.readUInt32LE(96)).toBe(10);
    write(2, "panic\n");
    write(1, "ld\n\nnext\n");
    expect(lines).toEqual([
      [LogLevel.Error, "panic"],
      [LogLevel.Info, "hello wörld"],
      [LogLevel.Info, "next"],
    ]);
  });

  it("writes a line that never ends in pieces", () => {
    const { lines, write } = world();
    write(1, "x".repeat(9_000));
    expect(lines).toEqual([[LogLevel.Info, "x".repeat(9_000)]]);
  });

  it("has no other files", () => {
    const { call, write, lines } = world();
    expect(write(3, "secret")).toBe(badFile);
    expect(call("fd_prestat_get", 3, 0)).toBe(badFile);
    expect(call("path_open", 3, 0, 0, 0, 0, 0n, 0n, 0, 0)).toBe(44);
    expect(call("fd_fdstat_get", 0, 0)).toBe(badFile);
    expect(call("fd_fdstat_get", 1, 0)).toBe(success);
    expect(lines).toEqual([]);
  });

  it("tells the host's time, and that of its clock that never goes back", () => {
    const { call, bytes } = world();
    expect(call("clock_time_get", 0, 1n, 8)).toBe(success);
    expect(bytes.readBigUInt64LE(8)).toBe(1_700_000_000_123_000_000n);
    expect(call("clock_time_get", 1, 1n, 8)).toBe(success);
    expect(bytes.readBigUInt64LE(8)).toBe(42n);
    expect(call("clock_time_get", 2, 1n, 8)).toBe(58);
  });

  it("tells the engine, which asks without a precision how long code has run, the machine's time", () => {
    const { call, bytes } = world();
    const before = process.hrtime.bigint();
    call("clock_time_get", 1, 0n, 8);
    expect(bytes.readBigUInt64LE(8)).toBeGreaterThanOrEqual(before);
  });

  it("gives random bytes, and no arguments and no environment", () => {
    const { call, bytes } = world();
    expect(call("random_get", 0, 64)).toBe(success);
    expect(bytes.subarray(0, 64).every((byte) => byte === 0)).toBe(false);
    expect(call("random_get", 0, 65_537)).toBe(28);
    for (const name of ["args_sizes_get", "environ_sizes_get"]) {
      bytes.fill(0xff, 0, 8);
      expect(call(name, 0, 4)).toBe(success);
      expect(bytes.readBigUInt64LE(0)).toBe(0n);
    }
  });

  it("waits for nothing", () => {
    const { call, bytes } = world();
    bytes.fill(0xff, 0, 4);
    expect(call("poll_oneoff", 100, 200, 1, 0)).toBe(success);
    expect(bytes.readUInt32LE(0)).toBe(0);
  });

  it("ends the module that exits", () => {
    expect(() => world().call("proc_exit", 2)).toThrow("it exited with code 2");
  });

  it.each([
    ["fd_write", [1, 65_535, 1, 0]],
    ["fd_write", [1, 0, -1, 0]],
    ["fd_write", [1, 0, 0, 65_534]],
    ["clock_time_get", [0, 1n, 65_530]],
    ["random_get", [65_530, 64]],
    ["args_sizes_get", [-4, 0]],
    ["fd_fdstat_get", [1, 65_530]],
    ["poll_oneoff", [0, 0, 0, -1]],
  ])("checks the pointers of %s, case %#", (name, args) => {
    expect(world().call(name, ...args)).toBe(fault);
  });

  it("checks the pointers inside of vectors", () => {
    const { call, bytes, lines } = world();
    bytes.writeUInt32LE(65_000, 100);
    bytes.writeUInt32LE(5_000, 104);
    expect(call("fd_write", 1, 100, 1, 0)).toBe(fault);
    expect(lines).toEqual([]);
  });
});
