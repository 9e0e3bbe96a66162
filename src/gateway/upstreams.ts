/** Upstreams behind sockets: undici for requests without a body, node:http for the others, node:http2 for gRPC. */
import { originCluster } from "../abi/cluster-name.js";
import type { HeaderList } from "../abi/port.js";
import type { UpstreamConfig } from "../config/types.js";
import { type Clock, systemClock } from "../host/clock.js";
import { type GrpcLimits, type GrpcSink, GrpcStatus, type GrpcStream } from "../host/grpc.js";
import type { CallOutcome, UpstreamRequest, UpstreamResponseSink, Upstreams } from "../host/upstreams.js";
import { GrpcExchange } from "./grpc-exchange.js";
import { outgoingHead } from "./outgoing-head.js";
import { PolicyCall } from "./policy-call.js";
import { PooledRequest } from "./pooled-request.js";
import { StreamedRequest } from "./streamed-request.js";
import { UpstreamTarget } from "./upstream-target.js";

/** The upstreams of a gateway. Whoever makes it closes it. */
export class SocketUpstreams implements Upstreams {
  /** By name, and by the cluster name of the origin, under which policies find an upstream by its URL. */
  readonly #targets = new Map<string, UpstreamTarget>();
  readonly #clock: Clock;

  constructor(upstreams: Readonly<Record<string, UpstreamConfig>>, clock: Clock = systemClock) {
    this.#clock = clock;
    for (const [name, config] of Object.entries(upstreams)) {
      const target = new UpstreamTarget(config);
      this.#targets.set(name, target);
      const origin = originCluster(config.url);
      if (origin !== undefined && !this.#targets.has(origin)) {
        this.#targets.set(origin, target);
      }
    }
  }

  has(upstream: string): boolean {
    return this.#targets.has(upstream);
  }

  forward(upstream: string, headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink): UpstreamRequest {
    return this.#send(upstream, headers, endOfStream, sink, false);
  }

  #send(
    upstream: string,
    headers: HeaderList,
    endOfStream: boolean,
    sink: UpstreamResponseSink,
    isCall: boolean,
  ): UpstreamRequest {
    const target = this.#targets.get(upstream);
    if (target === undefined) {
      return failLater(sink, upstream);
    }
    const head = outgoingHead(headers, !endOfStream);
    // undici takes a path only, not the `*` of OPTIONS.
    return endOfStream && head.target.charCodeAt(0) === 0x2f
      ? new PooledRequest(target, head, sink, isCall)
      : new StreamedRequest(target, head, sink, endOfStream);
  }

  call(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    done: (outcome: CallOutcome) => void,
  ): () => void {
    const call = new PolicyCall(limits, this.#clock, done);
    const bodyless = (body === undefined || body.length === 0) && trailers.length === 0;
    const request = this.#send(
      upstream,
      bodyless ? headers : withLength(headers, body, trailers),
      bodyless,
      call,
      true,
    );
    call.request = request;
    if (!bodyless) {
      request.sendData(body ?? nothing, trailers.length === 0);
      if (trailers.length > 0) {
        request.sendTrailers(trailers);
      }
    }
    return () => {
      call.cancel();
    };
  }

  grpc(upstream: string, path: string, metadata: HeaderList, limits: GrpcLimits, sink: GrpcSink): GrpcStream {
    const target = this.#targets.get(upstream);
    if (target === undefined) {
      process.nextTick(() => {
        sink.onEnd(GrpcStatus.NotFound, `There is no upstream "${upstream}".`, []);
      });
      return { send() {}, end() {}, cancel() {} };
    }
    return new GrpcExchange(target, path, metadata, limits, this.#clock, sink);
  }

  /** Closes every connection; what is on its way fails. */
  async close(): Promise<void> {
    await Promise.all([...new Set(this.#targets.values())].map((target) => target.close()));
  }
}

const nothing = new Uint8Array(0);

/** The list with the body's exact length; without it where trailers follow, which only a chunked body can have. */
function withLength(headers: HeaderList, body: Uint8Array | undefined, trailers: HeaderList): HeaderList {
  const list = headers.filter((_, i) => headers[i - (i % 2)] !== "content-length");
  if (trailers.length === 0) {
    list.push("content-length", String(body?.length ?? 0));
  }
  return list;
}

function failLater(sink: UpstreamResponseSink, upstream: string): UpstreamRequest {
  let abandoned = false;
  process.nextTick(() => {
    if (!abandoned) {
      sink.onFailure("unknown-upstream", `There is no upstream "${upstream}".`);
    }
  });
  return {
    address: undefined,
    sendData: () => true,
    sendTrailers() {},
    pauseResponse() {},
    resumeResponse() {},
    reset() {
      abandoned = true;
    },
  };
}
