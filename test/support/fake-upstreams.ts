import type { HeaderList } from "../../src/abi/port.js";
import type { GrpcLimits, GrpcSink, GrpcStream } from "../../src/host/grpc.js";
import type { CallOutcome, UpstreamRequest, UpstreamResponseSink, Upstreams } from "../../src/host/upstreams.js";

/** A forwarded request: what it has got, and the handles to answer it. */
export class FakeForward implements UpstreamRequest {
  readonly address = "10.0.0.9:8080";
  readonly chunks: Uint8Array[] = [];
  ended: boolean;
  trailers: HeaderList | undefined = undefined;
  resets = 0;
  responsePaused = false;
  /** Set to make `sendData` report that there is no room. */
  full = false;

  constructor(
    readonly upstream: string,
    readonly headers: HeaderList,
    readonly endOfStream: boolean,
    readonly sink: UpstreamResponseSink,
  ) {
    this.ended = endOfStream;
  }

  get body(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  sendData(chunk: Uint8Array, endOfStream: boolean): boolean {
    this.chunks.push(chunk);
    this.ended ||= endOfStream;
    return !this.full;
  }

  sendTrailers(trailers: HeaderList): void {
    this.trailers = trailers;
    this.ended = true;
  }

  pauseResponse(): void {
    this.responsePaused = true;
  }

  resumeResponse(): void {
    this.responsePaused = false;
  }

  reset(): void {
    this.resets++;
  }

  /** A whole response. */
  respond(status: number, headers: HeaderList = [], body?: string): void {
    this.sink.onHeaders(status, headers, body === undefined);
    if (body !== undefined) {
      this.sink.onData(Buffer.from(body, "latin1"), true);
    }
  }

  data(text: string, endOfStream = false): void {
    this.sink.onData(Buffer.from(text, "latin1"), endOfStream);
  }
}

/** A policy's call. */
export interface FakeCall {
  upstream: string;
  headers: HeaderList;
  body: Uint8Array | undefined;
  trailers: HeaderList;
  limits: { timeoutMilliseconds: number; bodyBytes: number };
  done: (outcome: CallOutcome) => void;
  cancelled: boolean;
}

/** A gRPC call or stream. */
export class FakeGrpc implements GrpcStream {
  readonly sent: string[] = [];
  ended = false;
  cancelled = false;

  constructor(
    readonly upstream: string,
    readonly path: string,
    readonly metadata: HeaderList,
    readonly limits: GrpcLimits,
    readonly sink: GrpcSink,
  ) {}

  send(message: Uint8Array): void {
    this.sent.push(Buffer.from(message).toString());
  }

  end(): void {
    this.ended = true;
  }

  cancel(): void {
    this.cancelled = true;
  }
}

/** Upstreams that record and answer only when told to. */
export class FakeUpstreams implements Upstreams {
  readonly forwards: FakeForward[] = [];
  readonly calls: FakeCall[] = [];
  readonly grpcStreams: FakeGrpc[] = [];

  constructor(private readonly names: readonly string[] = ["backend"]) {}

  has(upstream: string): boolean {
    return this.names.includes(upstream);
  }

  forward(upstream: string, headers: HeaderList, endOfStream: boolean, sink: UpstreamResponseSink): UpstreamRequest {
    const forward = new FakeForward(upstream, headers, endOfStream, sink);
    this.forwards.push(forward);
    return forward;
  }

  call(
    upstream: string,
    headers: HeaderList,
    body: Uint8Array | undefined,
    trailers: HeaderList,
    limits: { timeoutMilliseconds: number; bodyBytes: number },
    done: (outcome: CallOutcome) => void,
  ): () => void {
    const call: FakeCall = { upstream, headers, body, trailers, limits, done, cancelled: false };
    this.calls.push(call);
    return () => {
      call.cancelled = true;
    };
  }

  grpc(upstream: string, path: string, metadata: HeaderList, limits: GrpcLimits, sink: GrpcSink): GrpcStream {
    const stream = new FakeGrpc(upstream, path, metadata, limits, sink);
    this.grpcStreams.push(stream);
    return stream;
  }
}
