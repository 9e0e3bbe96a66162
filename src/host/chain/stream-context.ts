import { BufferType, MapType, Status, StreamType } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import { firstValue } from "../../abi/header-list.js";
import type { HeaderList } from "../../abi/port.js";
import type { BodyBuffer } from "../../chain/body-buffer.js";
import type { MessagePath } from "../../chain/message-path.js";
import { rootContextId } from "../contexts.js";
import { GrpcStatus } from "../grpc.js";
import { normalizeHeaders } from "../header-list.js";
import type { PolicyRuntime } from "../policy-runtime.js";
import type { PolicyStream } from "../stream-hostcalls.js";
import { afterTurn } from "../turn.js";
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

/** What a context needs of its exchange. */
export interface ContextHost {
  readonly request: MessagePath;
  readonly response: MessagePath;
  readonly ended: boolean;
  /** The answer or the end that an event asked for; done when the event has returned. */
  pending: LocalAnswer | "close" | undefined;
  /** Does what is pending on behalf of a policy. */
  applyPending(policyName: string): void;
  /** Sets what is pending, unless the policy fails open. */
  onGuestFailure(policy: PolicyRuntime, error: unknown): void;
  readonly properties: StreamProperties;
  /** Runs `action` as a turn of this exchange, unless it is over. */
  act(action: () => void): void;
}

/** One policy on one exchange: delivers its events and serves its hostcalls. */
export class StreamContext implements PolicyStream {
  readonly id: number;
  /** This context's position on the response path. */
  responsePosition = 0;
  #running: StreamEvent | -1 = -1;
  #requestResumption = false;
  #responseResumption = false;
  /** Its guest threw: it gets no more of the exchange than its end. */
  #failed = false;

  constructor(
    private readonly host: ContextHost,
    readonly policy: PolicyRuntime,
    /** This context's position on the request path. */
    private readonly requestPosition: number,
  ) {
    this.id = policy.contexts.register(this);
  }

  /** Calls the guest. The result is a status of the event's kind; what was asked for meanwhile has then been done. */
  deliver(event: StreamEvent, size: number, endOfStream: boolean): number {
    if (this.#failed && event < StreamEvent.Log) {
      return 0;
    }
    const { contexts } = this.policy;
    const previous = contexts.effective;
    contexts.effective = this;
    this.#running = event;
    let status = 0;
    try {
      status = this.#call(event, size, endOfStream);
    } catch (error) {
      this.#failed = true;
      this.host.onGuestFailure(this.policy, error);
    }
    this.#running = -1;
    contexts.effective = previous;
    if (this.host.pending !== undefined) {
      this.host.applyPending(this.policy.name);
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
      host.onGuestFailure(policy, error);
      if (host.pending !== undefined) {
        host.applyPending(policy.name);
      } else {
        host.request.resume(this.requestPosition);
        host.response.resume(this.responsePosition);
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
    return this.#body(buffer)?.slice(start, length);
  }

  setBufferBytes(buffer: BufferType, start: number, length: number, bytes: Uint8Array): Status {
    if (buffer === BufferType.HttpRequestBody && this.host.request.stopped) {
      // The exchange was answered while the guest kept this: what it makes of it goes nowhere, which is no fault of the guest.
      return Status.Ok;
    }
    const body = this.#body(buffer);
    if (body === undefined || !body.splice(start, length, bytes)) {
      return Status.BadArgument;
    }
    if (buffer === BufferType.HttpRequestBody) {
      this.host.request.onBodySet(this.requestPosition);
    } else {
      this.host.response.onBodySet(this.responsePosition);
    }
    return Status.Ok;
  }

  continueStream(stream: StreamType): Status {
    const { host } = this;
    if (stream === StreamType.Request) {
      if (isRequestEvent(this.#running)) {
        host.request.resumed = true;
      } else {
        this.#requestResumption = true;
        this.#later(() => {
          if (this.takeResumption(stream)) {
            host.request.resume(this.requestPosition);
          }
        });
      }
      return Status.Ok;
    }
    if (isResponseEvent(this.#running)) {
      host.response.resumed = true;
    } else {
      this.#responseResumption = true;
      this.#later(() => {
        if (this.takeResumption(stream)) {
          host.response.resume(this.responsePosition);
        }
      });
    }
    return Status.Ok;
  }

  /** Whether the guest has asked to go on outside an event and that is still to be done; whoever asks does it. */
  takeResumption(stream: StreamType): boolean {
    const wanted = stream === StreamType.Request ? this.#requestResumption : this.#responseResumption;
    if (stream === StreamType.Request) {
      this.#requestResumption = false;
    } else {
      this.#responseResumption = false;
    }
    return wanted;
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

  #end(pending: LocalAnswer | "close"): void {
    const { host } = this;
    if (this.#running >= StreamEvent.RequestHeaders && this.#running < StreamEvent.Log) {
      host.pending ??= pending;
    } else {
      this.#later(() => {
        host.pending = pending;
        host.applyPending(this.policy.name);
      });
    }
  }

  #later(action: () => void): void {
    afterTurn(() => {
      this.host.act(action);
    });
  }

  #readable(map: MapType): HeaderList | undefined {
    const { request, response, ended } = this.host;
    switch (map) {
      case MapType.RequestHeaders:
        return request.headers;
      case MapType.RequestTrailers:
        return ended || request.areTrailersVisible(this.requestPosition) ? request.trailers : undefined;
      case MapType.ResponseHeaders:
        return ended || response.isHeadVisible(this.responsePosition) ? response.headers : undefined;
      case MapType.ResponseTrailers:
        return ended || response.areTrailersVisible(this.responsePosition) ? response.trailers : undefined;
      default:
        return undefined;
    }
  }

  #editable(map: MapType): HeaderList | undefined {
    const { request, response } = this.host;
    switch (map) {
      case MapType.RequestHeaders:
        return request.isHeadEditable(this.requestPosition) ? request.headers : undefined;
      case MapType.RequestTrailers:
        return request.areTrailersEditable(this.requestPosition) ? request.trailers : undefined;
      case MapType.ResponseHeaders:
        return response.isHeadEditable(this.responsePosition) ? response.headers : undefined;
      case MapType.ResponseTrailers:
        return response.areTrailersEditable(this.responsePosition) ? response.trailers : undefined;
      default:
        return undefined;
    }
  }

  #body(buffer: BufferType): BodyBuffer | undefined {
    switch (buffer) {
      case BufferType.HttpRequestBody:
        return this.host.request.visibleBody(this.requestPosition);
      case BufferType.HttpResponseBody:
        return this.host.response.visibleBody(this.responsePosition);
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
