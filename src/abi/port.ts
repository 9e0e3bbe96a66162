/**
 * The port between guest and host: proxy-wasm's hostcalls and events with strings and bytes instead of pointers.
 *
 * The guest (a policy and the code that drives it) is the same on every engine; only who implements `Hostcalls` and who
 * calls `GuestEvents` differs.
 *
 * Header lists are flat: name, value, name, value … in order, repeated names apart, names in lower case, pseudo-headers
 * (`:method`, `:path`, `:status` …) first. Names and values are byte strings: one char for each byte (U+0000–U+00FF).
 */
import type {
  BufferType,
  DataStatus,
  HeadersStatus,
  LogLevel,
  MapType,
  MetricType,
  Status,
  StreamType,
  TrailersStatus,
} from "./constants.js";
import type { HeaderEdits } from "./header-edits.js";

/** A flat header list; see above. */
export type HeaderList = string[];

/** What the host does for the guest. Calls on a stream act on the effective context. */
export interface Hostcalls {
  log(level: LogLevel, message: string): void;
  /** The lowest level that the host writes. */
  getLogLevel(): LogLevel;
  /** Milliseconds since the epoch. */
  getCurrentTimeMilliseconds(): number;
  /** Asks for `onTick` on the effective root context every `period` ms; 0 stops it. */
  setTickPeriodMilliseconds(period: number): Status;
  /** Chooses the context on which the following calls act, until the current event returns. */
  setEffectiveContext(contextId: number): Status;
  /** A context whose `onDone` said false is done now. */
  contextDone(): Status;

  /** A copy of the whole map; empty when the map is not there. */
  getHeaderMapPairs(map: MapType): HeaderList;
  /** The first value only: proxy-wasm hosts do not join or list repeated headers here. */
  getHeaderMapValue(map: MapType, name: string): string | undefined;
  setHeaderMapPairs(map: MapType, headers: HeaderList): Status;
  /** Sets the value; other values of that name are removed. Adds the header where there is none. */
  replaceHeaderMapValue(map: MapType, name: string, value: string): Status;
  addHeaderMapValue(map: MapType, name: string, value: string): Status;
  removeHeaderMapValue(map: MapType, name: string): Status;

  /** A copy of `length` bytes from `start`, fewer where the buffer ends; undefined when there is no buffer. */
  getBufferBytes(buffer: BufferType, start: number, length: number): Uint8Array | undefined;
  /** Replaces `length` bytes from `start`. */
  setBufferBytes(buffer: BufferType, start: number, length: number, bytes: Uint8Array): Status;

  /** Lets a held stream go on. Takes effect when the current event has returned. */
  continueStream(stream: StreamType): Status;
  /** Resets the exchange. */
  closeStream(stream: StreamType): Status;
  /**
   * Answers the client. Takes effect when the current event has returned. The host writes `content-length`;
   * `grpcStatus` -1 means none.
   */
  sendLocalResponse(
    status: number,
    details: string,
    body: Uint8Array | undefined,
    headers: HeaderList,
    grpcStatus: number,
  ): Status;

  /**
   * Calls an upstream (a cluster's name). The list starts with `:method`, `:path`, `:authority`, `:scheme`.
   * Returns the call's token (> 0), or a status as a negative number: -2 (bad argument) is an unknown upstream.
   */
  httpCall(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    timeoutMilliseconds: number,
  ): number;
  /**
   * A unary gRPC call. Returns the call's token (> 0), or a status as a negative number. The response comes with
   * `onGrpcReceive`, the end with `onGrpcClose`.
   */
  grpcCall(
    upstream: string,
    service: string,
    method: string,
    initialMetadata: HeaderList,
    message: Uint8Array | undefined,
    timeoutMilliseconds: number,
  ): number;
  /** Opens a gRPC stream. Returns its token (> 0), or a status as a negative number. */
  grpcStream(upstream: string, service: string, method: string, initialMetadata: HeaderList): number;
  grpcSend(token: number, message: Uint8Array | undefined, endOfStream: boolean): Status;
  grpcCancel(token: number): Status;
  grpcClose(token: number): Status;
  /**
   * Why the last call ended: gRPC's code and message inside `onGrpcClose`; inside `onHttpCallResponse` with no headers, where
   * Envoy says nothing.
   */
  getStatus(): readonly [code: number, message: string] | undefined;

  /** A property (an Envoy attribute) by its path, serialised as proxy-wasm does; undefined when there is none. */
  getProperty(path: readonly string[]): Uint8Array | undefined;
  /** Sets a property of the exchange, for all that come to see it. */
  setProperty(path: readonly string[], value: Uint8Array): Status;

  /** Data that all instances of this process share, with the number to compare when it is set. */
  getSharedData(key: string): readonly [value: Uint8Array, cas: number] | undefined;
  /** `cas` 0 sets in any case; any other number only if nobody has set the data since it was got (else `CasMismatch`). */
  setSharedData(key: string, value: Uint8Array | undefined, cas: number): Status;
  /** Makes a queue, or finds this VM's own. Returns its id (> 0); `onQueueReady` says when something is in it. */
  registerSharedQueue(name: string): number;
  /** Finds the queue of a VM. Returns its id (> 0), or a status as a negative number. */
  resolveSharedQueue(vmId: string, name: string): number;
  enqueueSharedQueue(queue: number, value: Uint8Array): Status;
  /** undefined: it is empty. */
  dequeueSharedQueue(queue: number): Uint8Array | undefined;

  /** Makes a metric, or finds it by its name. Returns its id (> 0), or a status as a negative number. */
  defineMetric(type: MetricType, name: string): number;
  /** Sets a gauge; a histogram takes the value in. */
  recordMetric(metric: number, value: number): Status;
  /** Adds to a counter or a gauge. */
  incrementMetric(metric: number, offset: number): Status;
  /** The value of a counter or a gauge. */
  getMetric(metric: number): number | undefined;

  /** Calls a function that this host offers by name. undefined: it does not, or it failed. */
  callForeignFunction(name: string, argument: Uint8Array | undefined): Uint8Array | undefined;
}

/** What an engine may add to the hostcalls. */
export interface EngineHostcalls extends Hostcalls {
  /**
   * Makes edits as the three calls for one value would, in order, up to the first that the host refuses or that the engine cannot make by
   * itself: its place in `edits`, or their length.
   */
  editHeaderMap?(map: MapType, edits: HeaderEdits): number;
}

/** What the host tells the guest. Root contexts have parent 0; stream contexts have a root as parent. */
export interface GuestEvents {
  /**
   * Hosts may be late with it for a stream context, but not later than its first other event; where there is one root context
   * they may leave it out.
   */
  onContextCreate(contextId: number, parentContextId: number): void;
  onVmStart(rootContextId: number, vmConfigurationSize: number): boolean;
  /** false: the configuration is refused, and the host must not start with it. */
  onConfigure(rootContextId: number, pluginConfigurationSize: number): boolean;
  onTick(rootContextId: number): void;

  onRequestHeaders(contextId: number, headerCount: number, endOfStream: boolean): HeadersStatus;
  onRequestBody(contextId: number, bodySize: number, endOfStream: boolean): DataStatus;
  onRequestTrailers(contextId: number, trailerCount: number): TrailersStatus;
  onResponseHeaders(contextId: number, headerCount: number, endOfStream: boolean): HeadersStatus;
  /** Missing where the policy has no use for it: the response goes on. */
  onResponseBody?(contextId: number, bodySize: number, endOfStream: boolean): DataStatus;
  onResponseTrailers?(contextId: number, trailerCount: number): TrailersStatus;

  /** No headers: the call failed. */
  onHttpCallResponse(
    rootContextId: number,
    token: number,
    headerCount: number,
    bodySize: number,
    trailerCount: number,
  ): void;

  onGrpcReceiveInitialMetadata?(rootContextId: number, token: number, headerCount: number): void;
  onGrpcReceive?(rootContextId: number, token: number, messageSize: number): void;
  onGrpcReceiveTrailingMetadata?(rootContextId: number, token: number, trailerCount: number): void;
  /** The end of a call or stream; `status` is gRPC's code, and `getStatus` has the message. */
  onGrpcClose?(rootContextId: number, token: number, status: number): void;
  /** Something is in a queue that this VM registered. */
  onQueueReady?(rootContextId: number, queue: number): void;
  /** The host calls a function of the module. */
  onForeignFunction?(rootContextId: number, functionId: number, argumentsSize: number): void;

  /** The end of an exchange, in Envoy's order: log (headers can be read), done, delete. */
  onLog?(contextId: number): void;
  /** For a root context: the policy goes away. */
  onDone(contextId: number): boolean;
  onDelete?(contextId: number): void;

  /**
   * The engine has ended running code by force, since it took too long. `contextId`: the exchange whose code it was; 0 where it
   * was of none. `stack`: where it was ended. `ofEvent`: it was the guest's call for the running event, not a promise job. `user`: whose
   * it was, where the engine tells them apart; see `EngineServices.running`. The guest fails the exchange without running any of the
   * policy's code, and never continues it. Whether the event is to be answered by 1 all the same: a configuration stands.
   */
  onCutOff?(contextId: number, stack: string, ofEvent: boolean, user?: number): boolean;

  /**
   * What lives of the JavaScript heap leaves little of `setLimits` free, without any garbage. `ranOut`: code has asked for more than there was.
   * The guest chooses who is to go without, or ends the module.
   */
  onMemoryShort?(ranOut: boolean): void;

  /**
   * Nobody caught what the policy's code threw; `promise` was rejected with it, where there is one. The guest logs it.
   * `certain` false: it may be another policy's. Whether it was this one's.
   */
  onUnhandled?(error: unknown, promise: object | undefined, certain: boolean): boolean;

  /**
   * The engine has counted something of exchanges that it has passed by itself, for the first time since the host got the counts: the guest
   * calls `flushCounts` before long, in an event of this context.
   */
  onCounted?(rootContextId: number): void;

  /**
   * An exchange of which the engine may call the filters by itself; see `PreparedExchange`. undefined or, where one will be as soon as the
   * policies are configured, null: none now, and `onRequestHeaders` is to be called. Missing: never.
   */
  prepareExchange?(rootContextId: number): PreparedExchange | null | undefined;
  /**
   * The filter of a prepared exchange has returned or thrown `value`, and more is to be done than the engine can. In place of `onRequestHeaders`,
   * or of `onResponseHeaders` where the exchange's response has begun. If the exchange is not kept (`keep`) the engine may use it again,
   * where its objects are as they were. The guest calls the filters of the other policies that the message is to come to. The times, in
   * milliseconds since the epoch: of a policy that `hasDone`.
   */
  onFilterEnded?(
    exchange: object,
    threw: boolean,
    value: unknown,
    startedAt?: number,
    requestEndedAt?: number,
    responseStartedAt?: number,
  ): HeadersStatus;
  /**
   * Before `onFilterEnded` and `onLog`, of each other policy that waits for the response of this exchange, or that it has passed and
   * that has answered the request or `hasDone`: what it has handed on, and the values of the headers of `kept`. From now on the
   * exchange is the guest's.
   */
  onWaiting?(
    rootContextId: number,
    contextId: number,
    place: number,
    data: unknown,
    requestId: string | undefined,
    path: string | undefined,
    answered: boolean,
    passed: boolean,
    startedAt?: number,
    requestEndedAt?: number,
    responseStartedAt?: number,
    responseEndedAt?: number,
  ): void;
}

/**
 * An exchange that is made before its request comes, for filters that wait for nothing. When a head comes the engine writes
 * the `lasting` fields of its direction, then the `passing` ones, and calls the filter with the state and the context. Where it lets the
 * message go on, the `passing` fields have the values they were given, and nobody has kept any of the `objects` or changed more of them
 * than the `lasting` fields, the engine hands the edits in the journal to the host, and the guest need not hear of it; nor where it
 * returns an answer, which the engine gives the host. Else `onFilterEnded` is called. What the guest is to do at the end of an
 * exchange it hears with `onWaiting` and `onLog`.
 *
 * A request goes on where its filter returns undefined, `nothing` or an object of `data` whose value cannot lead to the request's head;
 * a response where its filter returns undefined. Between the two an engine keeps that value and the headers of `kept`.
 *
 * Where exchanges pass several policies, the request comes to the next when one has let it go, with its edits, and
 * the response to those that have a filter for it, last to first. All of them get the same objects.
 */
export interface PreparedExchange {
  /** The policies that exchanges pass, in the order of requests. */
  readonly uses: readonly PreparedUse[];
  readonly context: object;
  /** For `onFilterEnded`. */
  readonly exchange: object;
  readonly nothing: object;
  /** The prototype of results that let a request go on and hand something on, their only property. */
  readonly data: object;
  /** The prototype of answers: status, flat headers and body, text or bytes, are `sentStatus`, `sentHeaders` and `sentBody` of its own or of it. */
  readonly answer: object;
  /** The prototype of results that answer with their `response`. */
  readonly break: object;
  /**
   * The prototype of what filters may await without waiting. One that is settled has in `result` what it was settled with; where it was
   * rejected, or is not settled yet, it has a `state` of its own that is not "fulfilled".
   */
  readonly promise: object;
  /** Drives a filter that is a generator on from the result of a step, to its end or to where it has to wait: what that gives, the filter has returned. */
  readonly goOn: (iterator: Iterator<unknown, unknown, unknown>, result: IteratorResult<unknown, unknown>) => unknown;
  readonly onRequest: PreparedFilter;
  readonly onResponse: PreparedFilter;
  /** The same where the response is the answer that the policy's request filter has given. */
  readonly onAnswer: PreparedFilter;
  /** What the response filter is told of the request; the engine writes its `value`. */
  readonly decision: object;
  /** Two fields of the exchange, each followed by the name of the request's header that it has from the response on. */
  readonly kept: readonly string[];
  /** Object, property, and twice its value when the exchange is over and not used again … */
  readonly over: readonly unknown[];
}

/** A policy that prepared exchanges pass. */
export interface PreparedUse {
  /** Its object in the guest. */
  readonly instance: object;
  /** The policy is told of the end of every exchange. */
  readonly hasDone: boolean;
  /** Whose code the filters are; see `running`. */
  readonly user: number;
  /**
   * The host's ids of the metrics in which the engine counts what it does by itself of the policy's exchanges: those that come, those that
   * end with an answer, and the microseconds of some filters. 0: it does not.
   */
  readonly metrics: readonly [exchanges: number, breaks: number, times: number];
  /** What has the filters as its methods; undefined: it has none. */
  readonly policy: object;
  readonly onRequest: ((...args: never[]) => unknown) | undefined;
  readonly onResponse: ((...args: never[]) => unknown) | undefined;
  /** The filter is a generator function, which may have to wait for what it yields. */
  readonly requestWaits: boolean;
  readonly responseWaits: boolean;
  /** What the host is told of the policy's answers. */
  readonly details: string;
  /** So many of the fields of `kept` are kept for it. */
  readonly kept: number;
}

/** One direction of a prepared exchange. */
export interface PreparedFilter {
  readonly state: object;
  readonly objects: readonly object[];
  /**
   * Object, property, its value without and with the end of the stream …; null stands for the context's id. The first three are the bits
   * of the message, and the list and the journal of its head; the next two get the `instance` and the place of the policy whose filter it is.
   */
  readonly lasting: readonly unknown[];
  /**
   * Object, property, its value while the filter runs and afterwards … The first one gets afterwards the `instance` of the policy, the second
   * one meanwhile whether its filter is no generator function.
   */
  readonly passing: readonly unknown[];
}

/** The numbers of users that an engine can tell apart. */
export const engineUsers = 255;

/** What an engine gives the guest besides hostcalls. */
export interface EngineServices {
  /** Rewrites the positions in an error's stack from the bundle to the policy's own files. */
  readonly mapStack?: (stack: string) => string;
  /**
   * Runs the promise jobs that are due. Where an engine can do so inside an event, a filter that awaits only settled
   * promises is done before the event's answer is given; elsewhere its stream is continued a moment later.
   */
  readonly runMicrotasks?: () => void;
  /**
   * The exchange stays: its further events are wanted. Where an engine has this function, it need not deliver any event but
   * `onRequestHeaders` for an exchange that was not kept.
   */
  readonly keep?: (contextId: number) => void;
  /** No more events of an exchange that was kept are wanted. */
  readonly forget?: (contextId: number) => void;
  /**
   * Calls `onWaiting` at once for all of this exchange for which it is to be called yet. For a filter that the engine has called, and that
   * does what others have to know.
   */
  readonly tellWaiting?: (contextId: number) => void;
  /**
   * Code of this exchange runs from now until the event ends or another call says otherwise; for `onCutOff`. `user`: whose it is, by a number
   * below {@link engineUsers} that the guest gives to each use of a policy; 0: nobody's.
   */
  readonly running?: (contextId: number, user: number) => void;
  /**
   * Code of that user begins, or goes on with the next piece of a body, so that its time begins anew: a body is finite. `configures`:
   * it has the 5 s of a configuration.
   */
  readonly beginPiece?: (user: number, configures?: boolean) => void;
  /**
   * Puts functions of the engine's in the place of these classes' own, where it has faster ones for what is usual. They do the same, and
   * call those that were there before for all the rest.
   */
  readonly quickenHeads?: (classes: HeadClasses) => void;
  /** Limits from the plugin's configuration: of the code of those that have no limit of their own, and of the module's JavaScript heap. */
  readonly setLimits?: (callbackMilliseconds: number, memoryBytes: number) => void;
  /** The limit of one user's code; 0: that of those that have none. */
  readonly limitUse?: (user: number, callbackMilliseconds: number) => void;
  /** Whether the engine may call the filters of prepared exchanges by itself. */
  readonly bypassGuest?: (allowed: boolean) => void;
  /** Bytes of the JavaScript heap that are alive, by the user whose code has asked for them. */
  readonly heldBytes?: () => readonly number[];
  /** Whether the heap has a quarter of its limit free. */
  readonly hasRoom?: () => boolean;
  /** Ends the module at once, with all its exchanges. Hosts start another one. */
  readonly endModule?: () => void;
  /** What `JSON.parse` makes of the text of these bytes; undefined where they are not JSON. For engines that can do so without the text. */
  readonly parseJson?: (bytes: Uint8Array) => unknown;
  /** Gives the host what the engine has counted by itself. */
  readonly flushCounts?: () => void;
  /** A clock that only goes on. */
  readonly microseconds?: () => number;
  /** One decision of a table of limits, where the engine has it: what `state/limit-buckets.ts` does, with the very bytes. */
  readonly decideLimit?: LimitDecision;
  /** What is kept of a key in a Map. Every engine has it. */
  readonly findFresh?: FindFresh;
  /** The SHA-256 of these bytes, where the engine has it in one call. */
  readonly sha256?: (bytes: Uint8Array) => Uint8Array;
  /** For services that read signed tokens. Every engine has them; modules, where the bundle names them. */
  readonly jwsFunctions?: JwsFunctions;
}

/** What is done to each compact JSON Web Signature (RFC 7515 section 7.1), at once: nothing of it waits. */
export interface JwsFunctions {
  /** undefined: it has not three parts of base64url (section 2), of which each is written in the only way. */
  readonly split: (
    token: string,
  ) => readonly [header: string, signed: string, payload: Uint8Array, signature: Uint8Array] | undefined;
  /**
   * The object of JSON in these bytes, or in a text of base64url, frozen at every depth. undefined: it is none, is not UTF-8, or has a
   * member twice (section 4).
   */
  readonly parse: (part: string | Uint8Array) => Readonly<Record<string, unknown>> | undefined;
  /** The bytes of a text of Base64 in its strict form (RFC 4648 section 4). undefined: it is none. */
  readonly decode: (base64: string) => Uint8Array | undefined;
  /**
   * A key, as `crypto.subtle.importKey()` takes it, whose errors it throws; a JWK has the members of a public key alone. Of RSA it takes
   * 2048 to 8192 bits and odd exponents from 3 on.
   */
  readonly importKey: (
    format: "raw" | "spki" | "jwk",
    data: unknown,
    parameters: { readonly name: string },
  ) => SignatureKey;
}

/** A key that verifies signatures of one algorithm. */
export interface SignatureKey {
  /** @param signed ASCII */
  verify(signature: Uint8Array, signed: string): boolean;
}

/**
 * What a Map has of a key, which becomes the last of its entries; undefined where there is nothing, or its time is over. `freshUntil`:
 * milliseconds since the epoch, by the host's clock, or Infinity.
 */
export type FindFresh = <Value extends { readonly freshUntil: number }>(
  map: Map<string, Value>,
  key: string,
) => Value | undefined;

/**
 * @param name of the table's keys, without the bucket's number
 * @param parameters numbers of 64 bits: buckets, the two halves of the hash key, how many tiers, and for each tier its algorithm, limit, period, wait
 * @param mode see `TakeMode`
 * @returns bits, see `DecisionBit`; the time of the decision; and for each tier units left, milliseconds until reset, and milliseconds until
 *   a retry or the turn
 */
export type LimitDecision = (
  name: string,
  parameters: Uint8Array,
  key: string,
  amount: number,
  mode: number,
  since: number,
) => number[];

/**
 * Where an engine has `LimitDecision`, that function decides also as the method of an object with a `plan`, for `(key, amount = 1)`: who may go on
 * has the promise of a result at once.
 */
export type LimitPlan = readonly [
  name: string,
  parameters: Uint8Array,
  mode: number,
  /** The first field of results. */
  limiter: object,
  /** A result, with these fields in this order: its limiter, key, amount, decision, and `true`. */
  result: object,
  /** A fulfilled promise, with what it is fulfilled with as its only field. */
  promise: object,
  /** The method in its place where the key is no text, or is none of its own, or the amount is unusual. */
  otherwise: (key: never, amount: never) => unknown,
  /** The method that gives the promise where the decision does not allow it. */
  settle: (key: string, amount: number, decision: number[]) => unknown,
];

/** Prototypes of the guest's classes for the heads of messages and for filters' contexts, and what bits of a message's `bits` mean. */
export interface HeadClasses {
  /** Has `set`, `append`, `delete`, `has` and `get`, and the message in `store`. */
  readonly headers: object;
  /** Has `method`, `path`, `authority`, `scheme` and `headers`, the message in `message`, and in `shownHeaders` headers that were made. */
  readonly request: object;
  /** The same with `status` and `headers`. */
  readonly response: object;
  /** Has `bits`, the exchange in `owner`, and the head in `head`. */
  readonly message: object;
  /** Has the `journal` of edits, and in `read` the list with all edits; each undefined where there is none. */
  readonly head: object;
  /** Has its context's `id`, `instance.access.calls`, and `over` where it cannot be changed any more. */
  readonly exchange: object;
  /**
   * A filter's context, whose only field is private and has the exchange. Its getters `config`, `resources` and `clock` read the fields of the
   * exchange's `instance`, `logger` and `properties` those of its `contextParts`, and `requestData` its `decision`, each where that is there.
   */
  readonly context: object;
  /** Calls of the host that are the engine's: only on these messages it may act by itself. */
  readonly host: Hostcalls;
  /** The head cannot be changed any more. */
  readonly closedBits: number;
  /** What the host has may not be what the filter is to see. */
  readonly touchedBits: number;
  /** The state of the head is consumed. */
  readonly consumedBits: number;
  /** There is something in the message's head. */
  readonly headBit: number;
  readonly headOutBit: number;
  readonly responseBit: number;
}

/** What the compiled bundle of a policy exports, on every engine. */
export interface PolicyBundle {
  createGuest(host: Hostcalls, services?: EngineServices): GuestEvents;
  /** Checks a configuration as `onConfigure` will: the problems, empty when it is fine. */
  checkConfig(config: unknown): ConfigProblem[];
}

/** One problem of a policy's configuration. */
export interface ConfigProblem {
  /** Path inside the policy's configuration, e.g. `limits.perMinute`; empty for the whole. */
  path: string;
  message: string;
}
