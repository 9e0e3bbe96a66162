import { MapType, Status } from "../../abi/constants.js";
import { copyBytes } from "../../abi/copy-bytes.js";
import type { GuestEvents, HeaderList } from "../../abi/port.js";
import { rootContextId } from "../contexts.js";
import { type GrpcSink, GrpcStatus, type GrpcStream } from "../grpc.js";
import { normalizeHeaders } from "../header-list.js";
import type { Upstreams } from "../upstreams.js";

interface Open {
  stream: GrpcStream;
  /** One message each way; only its response or its failure is told, as in Envoy. */
  unary: boolean;
}

/** What a guest can read of a call while an event of it runs. */
interface Visible {
  metadata?: HeaderList;
  trailers?: HeaderList;
  message?: Uint8Array;
  status?: readonly [code: number, message: string];
}

const noMessage = new Uint8Array(0);

/** The gRPC calls and streams of one guest: tokens, and what can be read while an event runs. */
export class GrpcCalls {
  #nextToken = 1;
  readonly #open = new Map<number, Open>();
  #visible: Visible | undefined = undefined;

  constructor(
    private readonly upstreams: Upstreams,
    private readonly messageBytes: number,
    /** Runs an event of the root context. */
    private readonly deliver: (event: (guest: GuestEvents) => void) => void,
  ) {}

  /** The token of a unary call, or a status as a negative number. */
  call(
    upstream: string,
    service: string,
    method: string,
    metadata: HeaderList,
    message: Uint8Array | undefined,
    timeoutMilliseconds: number,
  ): number {
    const token = this.#start(upstream, service, method, metadata, timeoutMilliseconds);
    const stream = this.#open.get(token)?.stream;
    stream?.send(copyBytes(message ?? noMessage));
    stream?.end();
    return token;
  }

  /** The token of a stream, or a status as a negative number. */
  stream(upstream: string, service: string, method: string, metadata: HeaderList): number {
    return this.#start(upstream, service, method, metadata, undefined);
  }

  /** `BadArgument` for a unary call, `NotFound` for what is over. */
  send(token: number, message: Uint8Array | undefined, endOfStream: boolean): Status {
    const open = this.#open.get(token);
    if (open === undefined || open.unary) {
      return open === undefined ? Status.NotFound : Status.BadArgument;
    }
    open.stream.send(copyBytes(message ?? noMessage));
    if (endOfStream) {
      open.stream.end();
    }
    return Status.Ok;
  }

  /** Abandons a call or a stream: no event of it comes any more. */
  cancel(token: number): Status {
    const open = this.#open.get(token);
    this.#open.delete(token);
    open?.stream.cancel();
    return open === undefined ? Status.NotFound : Status.Ok;
  }

  /** Ends what a stream sends; abandons a call. */
  close(token: number): Status {
    const open = this.#open.get(token);
    if (open === undefined || open.unary) {
      return this.cancel(token);
    }
    open.stream.end();
    return Status.Ok;
  }

  headers(map: MapType): HeaderList {
    const list = map === MapType.GrpcCallInitialMetadata ? this.#visible?.metadata : this.#visible?.trailers;
    return list?.slice() ?? [];
  }

  message(): Uint8Array | undefined {
    return this.#visible?.message;
  }

  /** How the call of the running event ended; undefined when no such event runs. */
  status(): readonly [code: number, message: string] | undefined {
    return this.#visible?.status;
  }

  /** Abandons what is open. */
  abandon(): void {
    for (const { stream } of this.#open.values()) {
      stream.cancel();
    }
    this.#open.clear();
  }

  #start(
    upstream: string,
    service: string,
    method: string,
    metadata: HeaderList,
    timeoutMilliseconds: number | undefined,
  ): number {
    const normalized = normalizeHeaders(metadata);
    const legal =
      normalized !== undefined && normalized[0]?.startsWith(":") !== true && service !== "" && method !== "";
    if (!legal || !this.upstreams.has(upstream)) {
      return -Status.BadArgument;
    }
    const token = this.#nextToken++;
    const unary = timeoutMilliseconds !== undefined;
    const sink = unary ? this.#unarySink(token) : this.#streamSink(token);
    const limits = { timeoutMilliseconds, messageBytes: this.messageBytes };
    this.#open.set(token, {
      stream: this.upstreams.grpc(upstream, `/${service}/${method}`, normalized, limits, sink),
      unary,
    });
    return token;
  }

  #unarySink(token: number): GrpcSink {
    let response: Uint8Array | undefined;
    return {
      onInitialMetadata: () => undefined,
      onMessage: (message) => {
        response ??= message;
      },
      onEnd: (status, message) => {
        if (status === GrpcStatus.Ok && response !== undefined) {
          const { length } = response;
          this.#tell(token, { message: response }, (guest) => guest.onGrpcReceive?.(rootContextId, token, length));
          this.#open.delete(token);
        } else {
          this.#end(token, status === GrpcStatus.Ok ? GrpcStatus.Internal : status, message);
        }
      },
    };
  }

  #streamSink(token: number): GrpcSink {
    return {
      onInitialMetadata: (metadata) => {
        this.#tell(token, { metadata }, (guest) =>
          guest.onGrpcReceiveInitialMetadata?.(rootContextId, token, metadata.length / 2),
        );
      },
      onMessage: (message) => {
        this.#tell(token, { message }, (guest) => guest.onGrpcReceive?.(rootContextId, token, message.length));
      },
      onEnd: (status, message, trailers) => {
        if (trailers.length > 0) {
          this.#tell(token, { trailers }, (guest) =>
            guest.onGrpcReceiveTrailingMetadata?.(rootContextId, token, trailers.length / 2),
          );
        }
        this.#end(token, status, message);
      },
    };
  }

  #end(token: number, status: number, message: string): void {
    this.#tell(token, { status: [status, message] }, (guest) => guest.onGrpcClose?.(rootContextId, token, status));
    this.#open.delete(token);
  }

  /** Runs an event, unless the guest has given the call up meanwhile. */
  #tell(token: number, visible: Visible, event: (guest: GuestEvents) => void): void {
    if (this.#open.has(token)) {
      this.#visible = { status: [GrpcStatus.Ok, ""], ...visible };
      this.deliver(event);
      this.#visible = undefined;
    }
  }
}
