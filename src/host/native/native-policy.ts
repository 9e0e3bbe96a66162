import { BufferType, LogLevel, type MapType, Status, type StreamType } from "../../abi/constants.js";
import type { GuestEvents, HeaderList, Hostcalls, PolicyBundle } from "../../abi/port.js";
import { SluiceError } from "../../errors.js";
import type { Clock } from "../clock.js";
import { PolicyContexts, rootContextId } from "../contexts.js";
import { copyBytes } from "../copy-bytes.js";
import { defaultLimits } from "../exchange.js";
import { firstValue } from "../../abi/header-list.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import { beginTurn, endTurn } from "../turn.js";
import type { Upstreams } from "../upstreams.js";
import { evaluateBundle } from "./evaluate-bundle.js";
import { HttpCalls, isCallBuffer, isCallMap } from "./http-calls.js";
import { type LogRecord, parseLogLine } from "./log-record.js";

export interface NativePolicyOptions {
  /** The name of this use of the policy. */
  name: string;
  /** What the guest gets as its plugin configuration: `{ config, sluice }`. */
  pluginConfiguration: object;
  clock: Clock;
  /** What the policy may call. */
  upstreams: Upstreams;
  /** Default Info. */
  logLevel?: LogLevel;
  onLog(level: LogLevel, record: LogRecord): void;
  /** Rewrites positions in stacks from the bundle to the policy's files. */
  mapStack?: (stack: string) => string;
  /** The largest body that the answer to a call may have. Default 1,048,576. */
  callBodyBytes?: number;
}

/** A policy that runs as plain JavaScript in this process. */
export interface NativePolicy extends PolicyRuntime {
  /** Stops ticks and calls and tells the guest that it goes. Idempotent. Exchanges should be over by then. */
  close(): void;
}

/**
 * Starts a policy from the CommonJS text of its bundle.
 *
 * @throws SluiceError POLICY_BUNDLE when the bundle does not run, CONFIG_REFUSED when the guest refuses its configuration
 */
export function loadNativePolicy(options: NativePolicyOptions & { code: string; filename: string }): NativePolicy {
  return startNativePolicy(evaluateBundle(options.code, options.filename), options);
}

/** Starts a policy from an evaluated bundle; uses that share one share the state of its module. Throws as `loadNativePolicy` does. */
export function startNativePolicy(bundle: PolicyBundle, options: NativePolicyOptions): NativePolicy {
  const policy = new NativeRuntime(bundle, options);
  policy.start();
  return policy;
}

class NativeRuntime implements NativePolicy, Hostcalls {
  readonly name: string;
  readonly guest: GuestEvents;
  readonly contexts = new PolicyContexts();
  readonly #options: NativePolicyOptions;
  readonly #calls: HttpCalls;
  readonly #configuration: Uint8Array;
  #configuring = false;
  /** What the guest complains about while it is configured; undefined at any other time. */
  #complaints: string[] | undefined = undefined;
  #cancelTick: (() => void) | undefined = undefined;
  #closed = false;

  constructor(bundle: PolicyBundle, options: NativePolicyOptions) {
    this.name = options.name;
    this.#options = options;
    this.#configuration = new TextEncoder().encode(JSON.stringify(options.pluginConfiguration));
    this.#calls = new HttpCalls(options.upstreams, options.callBodyBytes ?? defaultLimits.bodyBytes, (event) => {
      this.#deliver(event);
    });
    this.guest = bundle.createGuest(this, options.mapStack === undefined ? {} : { mapStack: options.mapStack });
  }

  start(): void {
    const complaints: string[] = [];
    this.#complaints = complaints;
    const accepted = this.#configure();
    this.#complaints = undefined;
    if (!accepted) {
      this.close();
      const why = complaints.length === 0 ? "it did not say why" : complaints.join("; ");
      throw new SluiceError("CONFIG_REFUSED", `policy ${this.name}: the configuration is refused: ${why}`);
    }
  }

  #configure(): boolean {
    const { guest } = this;
    this.#configuring = true;
    beginTurn();
    try {
      guest.onContextCreate(rootContextId, 0);
      return guest.onVmStart(rootContextId, 0) && guest.onConfigure(rootContextId, this.#configuration.length);
    } catch (error) {
      throw new SluiceError("POLICY_BUNDLE", `policy ${this.name}: it threw while it was started: ${messageOf(error)}`, { cause: error });
    } finally {
      this.#configuring = false;
      endTurn();
    }
  }

  close(): void {
    if (this.#closed) {
      return;
    }
    this.#closed = true;
    this.#cancelTick?.();
    this.#calls.close();
    this.#run((guest) => {
      guest.onDone(rootContextId);
      guest.onDelete(rootContextId);
    });
  }

  log(level: LogLevel, message: string): void {
    const record = parseLogLine(this.name, message);
    if (level >= LogLevel.Warn) {
      this.#complaints?.push(record.msg);
    }
    if (level >= this.getLogLevel()) {
      this.#options.onLog(level, record);
    }
  }

  getLogLevel(): LogLevel {
    return this.#options.logLevel ?? LogLevel.Info;
  }

  getCurrentTimeMilliseconds(): number {
    return this.#options.clock.now();
  }

  setTickPeriodMilliseconds(period: number): Status {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    if (period > 0 && !this.#closed) {
      this.#scheduleTick(period);
    }
    return Status.Ok;
  }

  setEffectiveContext(contextId: number): Status {
    return this.contexts.setEffective(contextId);
  }

  getHeaderMapPairs(map: MapType): HeaderList {
    return isCallMap(map) ? this.#calls.headers(map) : (this.contexts.effective?.getHeaderMapPairs(map) ?? []);
  }

  getHeaderMapValue(map: MapType, name: string): string | undefined {
    return isCallMap(map)
      ? firstValue(this.#calls.headers(map), name.toLowerCase())
      : this.contexts.effective?.getHeaderMapValue(map, name);
  }

  setHeaderMapPairs(map: MapType, headers: HeaderList): Status {
    return this.contexts.effective?.setHeaderMapPairs(map, headers) ?? Status.BadArgument;
  }

  replaceHeaderMapValue(map: MapType, name: string, value: string): Status {
    return this.contexts.effective?.replaceHeaderMapValue(map, name, value) ?? Status.BadArgument;
  }

  addHeaderMapValue(map: MapType, name: string, value: string): Status {
    return this.contexts.effective?.addHeaderMapValue(map, name, value) ?? Status.BadArgument;
  }

  removeHeaderMapValue(map: MapType, name: string): Status {
    return this.contexts.effective?.removeHeaderMapValue(map, name) ?? Status.BadArgument;
  }

  getBufferBytes(buffer: BufferType, start: number, length: number): Uint8Array | undefined {
    if (isCallBuffer(buffer)) {
      const body = this.#calls.body();
      return body && copyBytes(body, start, start + length);
    }
    if (buffer === BufferType.PluginConfiguration) {
      return this.#configuring ? copyBytes(this.#configuration, start, start + length) : undefined;
    }
    return this.contexts.effective?.getBufferBytes(buffer, start, length);
  }

  setBufferBytes(buffer: BufferType, start: number, length: number, bytes: Uint8Array): Status {
    return this.contexts.effective?.setBufferBytes(buffer, start, length, bytes) ?? Status.BadArgument;
  }

  continueStream(stream: StreamType): Status {
    return this.contexts.effective?.continueStream(stream) ?? Status.BadArgument;
  }

  closeStream(stream: StreamType): Status {
    return this.contexts.effective?.closeStream(stream) ?? Status.BadArgument;
  }

  sendLocalResponse(
    status: number, details: string, body: Uint8Array | undefined, headers: HeaderList, grpcStatus: number,
  ): Status {
    const { effective } = this.contexts;
    return effective?.sendLocalResponse(status, details, body, headers, grpcStatus) ?? Status.BadArgument;
  }

  httpCall(
    upstream: string, headers: HeaderList, body: Uint8Array | undefined, trailers: HeaderList, timeoutMilliseconds: number,
  ): number {
    return this.#closed ? -Status.InternalFailure : this.#calls.start(upstream, headers, body, trailers, timeoutMilliseconds);
  }

  getStatus(): readonly [code: number, message: string] {
    return this.#calls.status();
  }

  getProperty(path: readonly string[]): Uint8Array | undefined {
    const { effective } = this.contexts;
    if (effective === undefined && path.length === 1 && path[0] === "plugin_name") {
      return new TextEncoder().encode(this.name);
    }
    return effective?.getProperty(path);
  }

  setProperty(path: readonly string[], value: Uint8Array): Status {
    return this.contexts.effective?.setProperty(path, value) ?? Status.NotFound;
  }

  #scheduleTick(period: number): void {
    this.#cancelTick = this.#options.clock.schedule(period, () => {
      this.#scheduleTick(period);
      this.#deliver((guest) => {
        guest.onTick(rootContextId);
      });
    });
  }

  #deliver(event: (guest: GuestEvents) => void): void {
    if (!this.#closed) {
      this.#run(event);
    }
  }

  /** An event of the root context. What escapes from a guest is logged; there is no exchange to fail. */
  #run(event: (guest: GuestEvents) => void): void {
    this.contexts.effective = undefined;
    beginTurn();
    try {
      event(this.guest);
    } catch (error) {
      const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
      this.#options.onLog(LogLevel.Error, {
        policy: this.name,
        msg: "the policy threw outside an exchange",
        stack: this.#options.mapStack?.(stack) ?? stack,
      });
    } finally {
      this.contexts.effective = undefined;
      endTurn();
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
