/**
 * WASI preview 1, as much of it as Envoy gives to modules: clocks, randomness, and standard output and error as lines of the
 * log. There are no files, no sockets, no arguments and no environment.
 *
 * Source: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md; what is answered to the rest is what
 * Envoy's host (proxy-wasm-cpp-host) answers.
 */
import { randomFillSync } from "node:crypto";
import { LogLevel } from "../../abi/constants.js";
import { type GuestMemory, RefusedCall } from "./guest-memory.js";

const Errno = {
  Success: 0,
  BadFile: 8,
  Fault: 21,
  Invalid: 28,
  NoEntry: 44,
  NoSystemCall: 52,
  NotSupported: 58,
} as const;

/** Envoy's limit. */
const maxRandomBytes = 65_536;
/** What a module writes without an end of line becomes a line from here on. */
const maxLineLength = 8_192;

type Argument = number | bigint;
type WasiFunction = (...args: Argument[]) => number;

/** What a module's WASI functions need. */
export interface WasiHost {
  /** Throws RefusedCall while the module has none yet. */
  memory(): GuestMemory;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Nanoseconds on a clock that never goes back. */
  monotonic(): bigint;
  log(level: LogLevel, line: string): void;
}

/** The module asked for its end. */
export class ModuleExit extends Error {
  constructor(code: number) {
    super(`it exited with code ${code}`);
    this.name = "ModuleExit";
  }
}

/**
 * Libraries ask with a precision. The engine's limit on running code asks without one: it is about the machine's time, also where
 * the host's stands still, as in a test.
 */
function monotonic(host: WasiHost, precision: bigint): bigint {
  return precision === 0n ? process.hrtime.bigint() : host.monotonic();
}

/** The functions of `wasi_snapshot_preview1`. */
export function wasiImports(host: WasiHost): Record<string, WasiFunction> {
  const output = new Map([
    [1, new OutputLines(LogLevel.Info, host)],
    [2, new OutputLines(LogLevel.Error, host)],
  ]);
  const imports: Record<string, WasiFunction> = Object.fromEntries(
    Object.entries(constantAnswers).map(([name, errno]) => [name, () => errno]),
  );
  const functions: Record<string, (...args: number[]) => number> = {
    clock_time_get: (clock, precision, out) => {
      if (clock > 1) {
        return Errno.NotSupported;
      }
      const nanoseconds =
        clock === 0 ? BigInt(Math.floor(host.now())) * 1_000_000n : monotonic(host, BigInt(precision));
      host.memory().setUint64(out, nanoseconds);
      return Errno.Success;
    },
    clock_res_get: (clock, out) => {
      if (clock > 1) {
        return Errno.NotSupported;
      }
      host.memory().setUint64(out, 1n);
      return Errno.Success;
    },
    random_get: (pointer, length) => {
      if (length >>> 0 > maxRandomBytes) {
        return Errno.Invalid;
      }
      randomFillSync(host.memory().bytes(pointer, length));
      return Errno.Success;
    },
    fd_write: (file, vectors, count, writtenOut) => {
      const lines = output.get(file);
      if (lines === undefined) {
        return Errno.BadFile;
      }
      const memory = host.memory();
      memory.check(writtenOut, 4);
      const bytes = gather(memory, vectors, count);
      lines.write(bytes.toString());
      memory.setUint32(writtenOut, bytes.length);
      return Errno.Success;
    },
    fd_fdstat_get: (file, out) => {
      if (!output.has(file)) {
        return Errno.BadFile;
      }
      // Of unknown type, and may be written to.
      const stat = host.memory().bytes(out, 24).fill(0);
      stat.writeBigUInt64LE(64n, 8);
      return Errno.Success;
    },
    environ_sizes_get: (countOut, sizeOut) => writeZeros(host.memory(), countOut, sizeOut),
    args_sizes_get: (countOut, sizeOut) => writeZeros(host.memory(), countOut, sizeOut),
    // Nothing is waited for. Go's runtime needs it to be a success.
    poll_oneoff: (_in, _out, _count, eventsOut) => {
      host.memory().setUint32(eventsOut, 0);
      return Errno.Success;
    },
    proc_exit: (code) => {
      throw new ModuleExit(code);
    },
  };
  for (const [name, run] of Object.entries(functions)) {
    imports[name] = (...args) => {
      try {
        return run(...args.map(Number));
      } catch (error) {
        if (error instanceof RefusedCall) {
          return Errno.Fault;
        }
        throw error;
      }
    };
  }
  return imports;
}

/** What a module writes, as lines. */
class OutputLines {
  #rest = "";

  constructor(
    private readonly level: LogLevel,
    private readonly host: WasiHost,
  ) {}

  write(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > maxLineLength) {
      lines.push(this.#rest);
      this.#rest = "";
    }
    for (const line of lines) {
      if (line !== "") {
        this.host.log(this.level, line);
      }
    }
  }
}

function gather(memory: GuestMemory, vectors: number, count: number): Buffer {
  // Its own check: the number of vectors may be anything.
  memory.check(vectors, (count >>> 0) * 8);
  const pieces: Buffer[] = [];
  for (let index = 0; index < count; index++) {
    pieces.push(memory.bytes(memory.uint32(vectors + index * 8), memory.uint32(vectors + index * 8 + 4)));
  }
  return Buffer.concat(pieces);
}

function writeZeros(memory: GuestMemory, first: number, second: number): number {
  memory.setUint32(first, 0);
  memory.setUint32(second, 0);
  return Errno.Success;
}

const constantAnswers: Readonly<Record<string, number>> = {
  environ_get: Errno.Success,
  args_get: Errno.Success,
  sched_yield: Errno.Success,
  fd_advise: Errno.Success,
  fd_allocate: Errno.BadFile,
  fd_close: Errno.Success,
  fd_datasync: Errno.BadFile,
  fd_fdstat_set_flags: Errno.NoSystemCall,
  fd_fdstat_set_rights: Errno.BadFile,
  fd_filestat_get: Errno.BadFile,
  fd_filestat_set_size: Errno.BadFile,
  fd_filestat_set_times: Errno.BadFile,
  fd_pread: Errno.NoSystemCall,
  fd_prestat_get: Errno.BadFile,
  fd_prestat_dir_name: Errno.NoSystemCall,
  fd_pwrite: Errno.BadFile,
  fd_read: Errno.NoSystemCall,
  fd_readdir: Errno.BadFile,
  fd_renumber: Errno.BadFile,
  fd_seek: Errno.Success,
  fd_sync: Errno.BadFile,
  fd_tell: Errno.BadFile,
  path_create_directory: Errno.NotSupported,
  path_filestat_get: Errno.NotSupported,
  path_filestat_set_times: Errno.NotSupported,
  path_link: Errno.NotSupported,
  path_open: Errno.NoEntry,
  path_readlink: Errno.NotSupported,
  path_remove_directory: Errno.NotSupported,
  path_rename: Errno.NotSupported,
  path_symlink: Errno.NotSupported,
  path_unlink_file: Errno.NotSupported,
  sock_accept: Errno.NotSupported,
  sock_recv: Errno.NotSupported,
  sock_send: Errno.NotSupported,
  sock_shutdown: Errno.NotSupported,
};
