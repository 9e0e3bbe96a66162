import { BufferType, MapType, Status, StreamType } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { firstValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import type { MessagePath } from "../../chain/message-path.js";
import { rootContextId } from "../contexts.js";
import { GrpcStatus } from "../grpc.js";
import { normalizeHeaders } from "../header-list.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import type { PolicyStream } from "../stream-hostcalls.js";
import { afterTurn } from "../turn.js";
import { ContextHalf } from "./context-half.js";
import { addValue, removeValue, replacement, replaceValue } from "./header-edits.js";
import type { LocalAnswer } from "./local-answer.js";
import type { StreamProperties } from "./properties.js";

/** The events of a stream, named as in `GuestEvents`. */
export const StreamEvent = {
  Create: 0,
  RequestHeaders: 1,
  RequestBody: 2,
  RequestTrailers: 3,
  ResponseHeaders: 4,
  ResponseBody: 5,
  ResponseTrailers: 6,
  Log: 7,
  Done: 8,
  Delete: 9,
} as const;
export type StreamEvent = (typeof StreamEvent)[keyof typeof StreamEvent];

/** What ends an exchange, or answers it. */
export type Ending = LocalAnswer | "close";

/** What a context needs of its exchange. */
export interface ContextHost {
  readonly request: MessagePath;
  readonly response: MessagePath;
  readonly ended: boolean;
  readonly properties: StreamProperties;
  /** A policy answers the exchange, or breaks it off. */
  endBy(policyName: string, ending: Ending): void;
  /** What follows from that; undefined: the exchange goes on without the policy. */
  onGuestFailure(policy: PolicyRuntime, error: unknown): Ending | undefined;
  /** Runs `action` as a turn of this exchange, unless it is over. */
  act(action: () => void): void;
}

/** One policy on one exchange: delivers its events and serves its hostcalls. */
export class StreamContext implements PolicyStream {
  readonly id: number;
  readonly request: ContextHalf;
  readonly response: ContextHalf;
  #running: StreamEvent | -1 = -1;
  /** What the guest has asked for in the event that runs; done when that has returned. */
  #ending: Ending | undefined = undefined;
  /** Its guest threw: it gets no more of the exchange than its end. */
  #failed = false;

  constructor(
    private readonly host: ContextHost,
    readonly policy: PolicyRuntime,
    requestPosition: number,
  ) {
    this.id = policy.contexts.register(this);
    this.request = new ContextHalf(host.request, requestPosition);
    this.response = new ContextHalf(host.response, 0);
  }

  /** Calls the guest. The result is a status of the event's kind; what was asked for meanwhile has then been done. */
  deliver(event: StreamEvent, size: number, endOfStream: boolean): number {
    if (this.#failed && event < StreamEvent.Log) {
      return 0;
    }
    const { host, policy } = this;
    const { contexts } = policy;
    const previous = contexts.effective;
    contexts.effective = this;
    this.#running = event;
    let status = 0;
    let ending: Ending | undefined;
    try {
      status = this.#call(event, size, endOfStream);
      ending = this.#ending;
    } catch (error) {
      this.#failed = true;
      ending = host.onGuestFailure(policy, error);
    }
    this.#ending = undefined;
    this.#running = -1;
    contexts.effective = previous;
    if (ending !== undefined) {
      host.endBy(policy.name, ending);
    }
    return status;
  }

  /** A guest without a handler for an event lets it pass. */
  #call(event: StreamEvent, size: number, endOfStream: boolean): number {
    const { guest } = this.policy;
    switch (event) {
      case StreamEvent.Create:
        guest.onContextCreate(this.id, rootContextId);
        return 0;
      case StreamEvent.RequestHeaders:
        return guest.onRequestHeaders?.(this.id, size, endOfStream) ?? 0;
      case StreamEvent.RequestBody:
        return guest.onRequestBody?.(this.id, size, endOfStream) ?? 0;
      case StreamEvent.RequestTrailers:
        return guest.onRequestTrailers?.(this.id, size) ?? 0;
      case StreamEvent.ResponseHeaders:
        return guest.onResponseHeaders?.(this.id, size, endOfStream) ?? 0;
      case StreamEvent.ResponseBody:
        return guest.onResponseBody?.(this.id, size, endOfStream) ?? 0;
      case StreamEvent.ResponseTrailers:
        return guest.onResponseTrailers?.(this.id, size) ?? 0;
      case StreamEvent.Log:
        guest.onLog?.(this.id);
        return 0;
      case StreamEvent.Done:
        guest.onDone?.(this.id);
        return 0;
      case StreamEvent.Delete:
        guest.onDelete?.(this.id);
        return 0;
    }
  }

  fail(error: unknown): void {
    const { host, policy } = this;
    host.act(() => {
      if (this.#failed) {
        return;
      }
      this.#failed = true;
      const ending = host.onGuestFailure(policy, error);
      if (ending !== undefined) {
        host.endBy(policy.name, ending);
      } else {
        this.request.resume();
        this.response.resume();
      }
    });
  }

  getHeaderMapPairs(map: MapType): HeaderList {
    return this.#readable(map)?.slice() ?? [];
  }

  getHeaderMapValue(map: MapType, name: string): string | undefined {
    const headers = this.#readable(map);
    return headers === undefined ? undefined : firstValue(headers, name.toLowerCase());
  }

  setHeaderMapPairs(map: MapType, headers: HeaderList): Status {
    const current = this.#editable(map);
    const next = current && replacement(current, headers);
    if (current === undefined || next === undefined) {
      return Status.BadArgument;
    }
    current.splice(0, current.length, ...next);
    return Status.Ok;
  }

  replaceHeaderMapValue(map: MapType, name: string, value: string): Status {
    const headers = this.#editable(map);
    return headers === undefined ? Status.BadArgument : replaceValue(headers, name, value);
  }

  addHeaderMapValue(map: MapType, name: string, value: string): Status {
    const headers = this.#editable(map);
    return headers === undefined ? Status.BadArgument : addValue(headers, name, value);
  }

  removeHeaderMapValue(map: MapType, name: string): Status {
    const headers = this.#editable(map);
    return headers === undefined ? Status.BadArgument : removeValue(headers, name);
  }

  getBufferBytes(buffer: BufferType, start: number, length: number): Uint8Array | undefined {
    return this.#halfOf(buffer)?.body?.slice(start, length);
  }

  setBufferBytes(buffer: BufferType, start: number, length: number, bytes: Uint8Array): Status {
    const half = this.#halfOf(buffer);
    if (half === this.request && half.path.stopped) {
      // The exchange was answered while the guest kept this: what it makes of it goes nowhere, which is no fault of the guest.
      return Status.Ok;
    }
    if (half?.body?.splice(start, length, bytes) !== true) {
      return Status.BadArgument;
    }
    half.onBodySet();
    return Status.Ok;
  }

  continueStream(stream: StreamType): Status {
    const ofRequest = stream === StreamType.Request;
    const half = ofRequest ? this.request : this.response;
    if (ofRequest ? isRequestEvent(this.#running) : isResponseEvent(this.#running)) {
      half.path.resumed = true;
    } else {
      half.askToResume();
      this.#later(() => {
        if (half.takeResumption()) {
          half.resume();
        }
      });
    }
    return Status.Ok;
  }

  closeStream(_stream: StreamType): Status {
    this.#end("close");
    return Status.Ok;
  }

  sendLocalResponse(
    status: number,
    details: string,
    body: Uint8Array | undefined,
    headers: HeaderList,
    grpcStatus: number,
  ): Status {
    const normalized = normalizeHeaders(headers);
    const legalStatus = Number.isInteger(status) && status >= 200 && status <= 599;
    if (!legalStatus || normalized === undefined || normalized[0]?.startsWith(":") === true) {
      return Status.BadArgument;
    }
    this.#end({
      by: this.policy.name,
      status,
      details,
      headers: normalized,
      body: body && copyBytes(body),
      // Others, such as -1, say nothing.
      grpcStatus: grpcStatus >= GrpcStatus.Ok && grpcStatus <= GrpcStatus.Unauthenticated ? grpcStatus : undefined,
    });
    return Status.Ok;
  }

  getProperty(path: readonly string[]): Uint8Array | undefined {
    return this.host.properties.get(path);
  }

  setProperty(path: readonly string[], value: Uint8Array): Status {
    return this.host.properties.set(path, value);
  }

  #end(ending: Ending): void {
    if (this.#running >= StreamEvent.RequestHeaders && this.#running < StreamEvent.Log) {
      this.#ending ??= ending;
    } else {
      this.#later(() => {
        this.host.endBy(this.policy.name, ending);
      });
    }
  }

  #later(action: () => void): void {
    afterTurn(() => {
      this.host.act(action);
    });
  }

  #readable(map: MapType): HeaderList | undefined {
    const { ended } = this.host;
    switch (map) {
      case MapType.RequestHeaders:
        return this.request.readableHead(ended);
      case MapType.RequestTrailers:
        return this.request.readableTrailers(ended);
      case MapType.ResponseHeaders:
        return this.response.readableHead(ended);
      case MapType.ResponseTrailers:
        return this.response.readableTrailers(ended);
      default:
        return undefined;
    }
  }

  #editable(map: MapType): HeaderList | undefined {
    switch (map) {
      case MapType.RequestHeaders:
        return this.request.editableHead;
      case MapType.RequestTrailers:
        return this.request.editableTrailers;
      case MapType.ResponseHeaders:
        return this.response.editableHead;
      case MapType.ResponseTrailers:
        return this.response.editableTrailers;
      default:
        return undefined;
    }
  }

  #halfOf(buffer: BufferType): ContextHalf | undefined {
    switch (buffer) {
      case BufferType.HttpRequestBody:
        return this.request;
      case BufferType.HttpResponseBody:
        return this.response;
      default:
        return undefined;
    }
  }
}

function isRequestEvent(event: number): boolean {
  return event >= StreamEvent.RequestHeaders && event <= StreamEvent.RequestTrailers;
}

function isResponseEvent(event: number): boolean {
  return event >= StreamEvent.ResponseHeaders && event <= StreamEvent.ResponseTrailers;
}
