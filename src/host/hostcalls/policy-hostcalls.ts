import { BufferType, LogLevel, MapType, type MetricType, Status, type StreamType } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { firstValue } from "../../abi/header-list.js";
import type { GuestEvents, HeaderList, Hostcalls } from "../../abi/port.js";
import type { Clock } from "../clock.js";
import { type PolicyContexts, rootContextId } from "../contexts.js";
import { defaultLimits } from "../exchange.js";
import { type LogRecord, parseLogLine } from "../log-record.js";
import { SharedServices } from "../shared/shared-services.js";
import type { Upstreams } from "../upstreams.js";
import { callForeignFunction } from "./foreign-functions.js";
import { GrpcCalls } from "./grpc-calls.js";
import { HttpCalls } from "./http-calls.js";
import { RootContext } from "./root-context.js";

/** What a use of a policy is given, whatever engine runs it. */
export interface PolicyHostOptions {
  /** The name of this use of the policy. */
  name: string;
  /** Which of a module's root contexts it is, where the module has several: the property `plugin_root_id`. Default empty. */
  rootId?: string;
  clock: Clock;
  /** What the policy may call. */
  upstreams: Upstreams;
  /** What it shares with the other policies of its gateway. Default: services of its own. */
  shared?: SharedServices;
  /** Default Info. */
  logLevel?: LogLevel;
  onLog(level: LogLevel, record: LogRecord): void;
  /** The largest body or message that the answer to a call may have. Default 1,048,576. */
  callBodyBytes?: number;
}

/** All policies of a gateway share one name space, as the plugins of an Envoy do that give no `vm_id`. */
const vmId = "";

/** The host's side of the port for one guest: the same for every engine. Its owner starts and ends it. */
export class PolicyHostcalls implements Hostcalls {
  readonly root: RootContext;
  readonly #options: PolicyHostOptions;
  readonly #shared: SharedServices;
  readonly #calls: HttpCalls;
  readonly #grpc: GrpcCalls;
  readonly #onQueueReady: (queue: number) => void;
  /** What the guest complains about while it starts; undefined at any other time. */
  #complaints: string[] | undefined = undefined;

  constructor(
    options: PolicyHostOptions,
    private readonly contexts: PolicyContexts,
    private readonly configuration: Uint8Array,
    /** What escapes from an event of the root context. */
    onThrow: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#shared = options.shared ?? new SharedServices();
    this.root = new RootContext(options.clock, contexts, onThrow);
    const deliver = (event: (guest: GuestEvents) => void) => {
      this.root.deliver(event);
    };
    const bytes = options.callBodyBytes ?? defaultLimits.bodyBytes;
    this.#calls = new HttpCalls(options.upstreams, bytes, deliver);
    this.#grpc = new GrpcCalls(options.upstreams, bytes, deliver);
    this.#onQueueReady = (queue) => {
      // The guest that fills a queue may be the one that reads it: it is told when its event has returned.
      options.clock.schedule(0, () => {
        deliver((guest) => guest.onQueueReady?.(rootContextId, queue));
      });
    };
  }

  /** Starts and configures the guest: why it refuses, undefined when it does not. Throws what the guest throws. */
  start(guest: GuestEvents): string | undefined {
    const complaints: string[] = [];
    this.#complaints = complaints;
    try {
      const accepted = this.root.start(guest, this.configuration.length);
      return accepted ? undefined : complaints.length === 0 ? "it did not say why" : complaints.join("; ");
    } finally {
      this.#complaints = undefined;
    }
  }

  /** Tells the guest that it goes, and gives up what it still has open. Idempotent. */
  close(): Promise<void> {
    return this.root.close(() => {
      this.#release();
    });
  }

  /** The same without a word to the guest, which cannot be called any more. Idempotent. */
  abandon(): void {
    this.root.abandon();
    this.#release();
  }

  #release(): void {
    this.#calls.close();
    this.#grpc.abandon();
    this.#shared.queues.release(this.#onQueueReady);
  }

  log(level: LogLevel, message: string): void {
    const record = parseLogLine(this.#options.name, message);
    if (level >= LogLevel.Warn) {
      this.#complaints?.push(record.msg);
    }
    if (level >= this.getLogLevel()) {
      // A module may pass any number.
      this.#options.onLog(Math.min(level, LogLevel.Critical) as LogLevel, record);
    }
  }

  getLogLevel(): LogLevel {
    return this.#options.logLevel ?? LogLevel.Info;
  }

  getCurrentTimeMilliseconds(): number {
    return this.#options.clock.now();
  }

  setTickPeriodMilliseconds(period: number): Status {
    this.root.setTickPeriod(period);
    return Status.Ok;
  }

  setEffectiveContext(contextId: number): Status {
    return this.contexts.setEffective(contextId);
  }

  contextDone(): Status {
    return this.root.done();
  }

  getHeaderMapPairs(map: MapType): HeaderList {
    return this.#callHeaders(map) ?? this.contexts.effective?.getHeaderMapPairs(map) ?? [];
  }

  getHeaderMapValue(map: MapType, name: string): string | undefined {
    const headers = this.#callHeaders(map);
    return headers === undefined
      ? this.contexts.effective?.getHeaderMapValue(map, name)
      : firstValue(headers, name.toLowerCase());
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
    const bytes = this.#ownBuffer(buffer);
    return bytes === "stream"
      ? this.contexts.effective?.getBufferBytes(buffer, start, length)
      : bytes && copyBytes(bytes, start, start + length);
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
    status: number,
    details: string,
    body: Uint8Array | undefined,
    headers: HeaderList,
    grpcStatus: number,
  ): Status {
    const { effective } = this.contexts;
    return effective?.sendLocalResponse(status, details, body, headers, grpcStatus) ?? Status.BadArgument;
  }

  httpCall(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    timeoutMilliseconds: number,
  ): number {
    return this.root.over
      ? -Status.InternalFailure
      : this.#calls.start(upstream, headers, body, trailers, timeoutMilliseconds);
  }

  grpcCall(
    upstream: string,
    service: string,
    method: string,
    initialMetadata: HeaderList,
    message: Uint8Array | undefined,
    timeoutMilliseconds: number,
  ): number {
    return this.root.over
      ? -Status.InternalFailure
      : this.#grpc.call(upstream, service, method, initialMetadata, message, timeoutMilliseconds);
  }

  grpcStream(upstream: string, service: string, method: string, initialMetadata: HeaderList): number {
    return this.root.over ? -Status.InternalFailure : this.#grpc.stream(upstream, service, method, initialMetadata);
  }

  grpcSend(token: number, message: Uint8Array | undefined, endOfStream: boolean): Status {
    return this.#grpc.send(token, message, endOfStream);
  }

  grpcCancel(token: number): Status {
    return this.#grpc.cancel(token);
  }

  grpcClose(token: number): Status {
    return this.#grpc.close(token);
  }

  getStatus(): readonly [code: number, message: string] {
    return this.#grpc.status() ?? this.#calls.status();
  }

  getProperty(path: readonly string[]): Uint8Array | undefined {
    const own = path.length === 1 ? this.#pluginProperty(path[0]) : undefined;
    return own === undefined ? this.contexts.effective?.getProperty(path) : new TextEncoder().encode(own);
  }

  setProperty(path: readonly string[], value: Uint8Array): Status {
    return this.contexts.effective?.setProperty(path, value) ?? Status.NotFound;
  }

  getSharedData(key: string): readonly [value: Uint8Array, cas: number] | undefined {
    return this.#shared.data.get(vmId, key);
  }

  setSharedData(key: string, value: Uint8Array | undefined, cas: number): Status {
    return this.#shared.data.set(vmId, key, value ?? nothing, cas);
  }

  registerSharedQueue(name: string): number {
    return this.root.over ? -Status.InternalFailure : this.#shared.queues.register(vmId, name, this.#onQueueReady);
  }

  resolveSharedQueue(queueVmId: string, name: string): number {
    return this.#shared.queues.resolve(queueVmId, name) ?? -Status.NotFound;
  }

  enqueueSharedQueue(queue: number, value: Uint8Array): Status {
    return this.#shared.queues.enqueue(queue, value);
  }

  dequeueSharedQueue(queue: number): Uint8Array | undefined {
    return this.#shared.queues.dequeue(queue);
  }

  defineMetric(type: MetricType, name: string): number {
    return this.#shared.metrics.define(type, name) ?? -Status.BadArgument;
  }

  recordMetric(metric: number, value: number): Status {
    return this.#shared.metrics.record(metric, value);
  }

  incrementMetric(metric: number, offset: number): Status {
    return this.#shared.metrics.increment(metric, offset);
  }

  getMetric(metric: number): number | undefined {
    return this.#shared.metrics.get(metric);
  }

  callForeignFunction(name: string, argument: Uint8Array | undefined): Uint8Array | undefined {
    return callForeignFunction(name, argument);
  }

  /** What is the same for every context of this use. */
  #pluginProperty(name: string | undefined): string | undefined {
    switch (name) {
      case "plugin_name":
        return this.#options.name;
      case "plugin_root_id":
        return this.#options.rootId ?? "";
      case "plugin_vm_id":
        return vmId;
      default:
        return undefined;
    }
  }

  /** A map of a call's response; undefined where it is one of a stream. */
  #callHeaders(map: MapType): HeaderList | undefined {
    switch (map) {
      case MapType.HttpCallResponseHeaders:
      case MapType.HttpCallResponseTrailers:
        return this.#calls.headers(map);
      case MapType.GrpcCallInitialMetadata:
      case MapType.GrpcCallTrailingMetadata:
        return this.#grpc.headers(map);
      default:
        return undefined;
    }
  }

  /** A buffer that belongs to no stream. */
  #ownBuffer(buffer: BufferType): Uint8Array | "stream" | undefined {
    switch (buffer) {
      case BufferType.HttpCallResponseBody:
        return this.#calls.body();
      case BufferType.GrpcCallMessage:
        return this.#grpc.message();
      case BufferType.PluginConfiguration:
        return this.root.configuring ? this.configuration : undefined;
      default:
        return "stream";
    }
  }
}

const nothing = new Uint8Array(0);
