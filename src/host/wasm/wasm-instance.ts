import { callbacks } from "../../abi/callbacks.js";
import { DataStatus, HeadersStatus, type LogLevel, Status, TrailersStatus } from "../../abi/constants.js";
import type { GuestEvents } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import { redact, redactText } from "../../redact.js";
import { messageOf } from "../../thrown.js";
import { type WasmFunction, type WasmMemory, webAssembly } from "../../web-assembly.js";
import type { PolicyContexts } from "../contexts.js";
import { PolicyHostcalls, type PolicyHostOptions } from "../hostcalls/policy-hostcalls.js";
import type { LogRecord } from "../log-record.js";
import { GuestMemory, RefusedCall } from "./guest-memory.js";
import { hostcallImports } from "./hostcall-imports.js";
import { wasiImports } from "./wasi-imports.js";
import { allocators, type WasmPolicyModule } from "./wasm-module.js";

/** One instance of a module, with a root context: everything that is lost when it traps. */
export class WasmInstance {
  /** Calls the module. An event that traps throws MODULE_TRAPPED, and so does every one after it. */
  readonly guest: GuestEvents;
  /** It has trapped. What it holds in its memory can be anything: it is not called any more. */
  lost: SluiceError | undefined = undefined;
  /** It has answered an event of a stream. */
  served = false;
  readonly #name: string;
  readonly #module: WasmPolicyModule;
  readonly #hostcalls: PolicyHostcalls;
  readonly #onLost: (error: SluiceError) => void;
  readonly #exports: Readonly<Record<string, unknown>>;
  #memory: GuestMemory | undefined = undefined;

  /**
   * Instantiates the module. Throws MODULE_TRAPPED where that traps.
   *
   * @param onLost Told once, inside the call that has trapped.
   */
  constructor(
    module: WasmPolicyModule,
    options: PolicyHostOptions,
    contexts: PolicyContexts,
    configuration: Uint8Array,
    onLost: (error: SluiceError) => void,
  ) {
    this.#name = options.name;
    this.#module = module;
    this.#onLost = onLost;
    const onLog = (level: LogLevel, record: LogRecord) => {
      options.onLog(level, redact(record) as LogRecord);
    };
    // Nothing but a trap escapes from an event, and that has been told already.
    this.#hostcalls = new PolicyHostcalls({ ...options, onLog }, contexts, configuration, () => undefined);
    const memory = () => this.#requireMemory();
    const wasi = wasiImports({
      memory,
      now: () => options.clock.now(),
      monotonic: () => options.clock.monotonic(),
      log: (level, line) => {
        this.#hostcalls.log(level, line);
      },
    });
    const imports = {
      env: hostcallImports(this.#hostcalls, memory),
      wasi_snapshot_preview1: wasi,
      wasi_unstable: wasi,
    };
    this.#exports = this.#guarded("start function", () => new webAssembly.Instance(module.module, imports)).exports;
    const allocate = this.#function(allocators.find((name) => module.functions.has(name)) ?? allocators[0]);
    this.#memory = new GuestMemory(this.#exports["memory"] as WasmMemory, (size) => allocate?.(size));
    this.guest = this.#makeGuest();
  }

  /**
   * Runs the module's initialisation, its root context and its configuration: why it refuses, undefined when it does not.
   * Throws MODULE_TRAPPED.
   */
  start(): string | undefined {
    // As a WASI reactor, which may have a `main` too, or as a command.
    const first = this.#module.functions.has("_initialize") ? "_initialize" : "_start";
    this.#call(first);
    if (first === "_initialize") {
      this.#call("main", 0, 0);
    }
    const refusal = this.#hostcalls.start(this.guest);
    return refusal === undefined ? undefined : redactText(refusal);
  }

  /** Tells the module that it goes. Idempotent. */
  close(): Promise<void> {
    return this.#hostcalls.close();
  }

  #makeGuest(): GuestEvents {
    const guest: Partial<Record<keyof GuestEvents, (...args: (number | boolean)[]) => unknown>> = {};
    for (const event of Object.keys(callbacks) as (keyof typeof callbacks)[]) {
      const { export: name, result, stream } = callbacks[event];
      if (stream === undefined) {
        guest[event] = (...args) => {
          const value = this.#call(name, ...args);
          return result === "boolean" ? value === undefined || value !== 0 : undefined;
        };
      } else if (this.#module.functions.has(name)) {
        guest[event] = (...args) => {
          const action = this.#action(name, Number(this.#call(name, ...args)));
          this.served = true;
          return action;
        };
      }
    }
    return guest as unknown as GuestEvents;
  }

  /** Envoy's reading of an action: what it does not know stops, and a held head stops the body too, unless it is asked not to. */
  #action(name: string, action: number): number {
    if (this.#module.sluice !== undefined || action === 0) {
      return action;
    }
    if (name.endsWith("_headers")) {
      return HeadersStatus.StopAllIterationAndWatermark;
    }
    if (name.endsWith("_trailers")) {
      return TrailersStatus.StopIteration;
    }
    return action > 0 && action < DataStatus.StopIterationNoBuffer ? action : DataStatus.StopIterationNoBuffer;
  }

  /** Calls an export; undefined where there is none. */
  #call(name: string, ...args: (number | boolean)[]): number | bigint | undefined {
    const run = this.#function(name);
    return run && this.#guarded(name, () => run(...args));
  }

  #guarded<Result>(what: string, run: () => Result): Result {
    if (this.lost !== undefined) {
      throw this.lost;
    }
    try {
      return run();
    } catch (error) {
      throw this.#lose(what, error);
    }
  }

  #lose(what: string, cause: unknown): SluiceError {
    const reason = messageOf(cause);
    const error = new SluiceError("MODULE_TRAPPED", `policy ${this.#name}: the module trapped in ${what}: ${reason}`, {
      cause,
    });
    this.lost = error;
    this.#hostcalls.abandon();
    this.#onLost(error);
    return error;
  }

  #function(name: string): WasmFunction | undefined {
    return this.#module.functions.has(name) ? (this.#exports[name] as WasmFunction) : undefined;
  }

  #requireMemory(): GuestMemory {
    if (this.#memory === undefined) {
      // A start function runs before its module's exports are known.
      throw new RefusedCall(Status.InvalidMemoryAccess);
    }
    return this.#memory;
  }
}
