/** One gRPC call or stream over HTTP/2. Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md of the gRPC project). */
import http2 from "node:http2";
import { firstValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";
import type { Clock } from "../host/clock.js";
import { type GrpcLimits, type GrpcSink, GrpcStatus, type GrpcStream, grpcStatusOfHttp } from "../host/grpc.js";
import { type FrameFailure, GrpcFrameReader, grpcFrame } from "./grpc-frames.js";
import type { UpstreamTarget } from "./upstream-target.js";

/** The largest number that `grpc-timeout` can hold. */
const maxTimeout = 99_999_999;

export class GrpcExchange implements GrpcStream {
  readonly #sink: GrpcSink;
  readonly #frames: GrpcFrameReader;
  #stream: http2.ClientHttp2Stream | undefined;
  #cancelTimeout: (() => void) | undefined;
  #over = false;
  /** The response's head has come. */
  #heard = false;
  #trailers: HeaderList = [];
  /** From `grpc-status`, or from the HTTP status where there is none. */
  #status: readonly [code: number, message: string] | undefined;

  constructor(
    target: UpstreamTarget,
    path: string,
    metadata: HeaderList,
    limits: GrpcLimits,
    clock: Clock,
    sink: GrpcSink,
  ) {
    this.#sink = sink;
    this.#frames = new GrpcFrameReader(limits.messageBytes);
    const { timeoutMilliseconds } = limits;
    let stream: http2.ClientHttp2Stream;
    try {
      stream = target.grpc.request(requestHeaders(target, path, metadata, timeoutMilliseconds));
    } catch (error) {
      process.nextTick(() => {
        this.#finish(GrpcStatus.Internal, (error as Error).message);
      });
      return;
    }
    this.#stream = stream;
    if (timeoutMilliseconds !== undefined) {
      this.#cancelTimeout = clock.schedule(timeoutMilliseconds, () => {
        if (!this.#heard) {
          target.grpc.doubt(stream);
        }
        this.#breakOff(GrpcStatus.DeadlineExceeded, `no response within ${timeoutMilliseconds} ms`);
      });
    }
    this.#listen(stream);
  }

  send(message: Uint8Array): void {
    if (this.#stream?.writable === true) {
      this.#stream.write(grpcFrame(message));
    }
  }

  end(): void {
    this.#stream?.end();
  }

  cancel(): void {
    if (!this.#over) {
      this.#over = true;
      this.#cancelTimeout?.();
      this.#stream?.close(http2.constants.NGHTTP2_CANCEL);
    }
  }

  #listen(stream: http2.ClientHttp2Stream): void {
    // Node hands the flat list on as a third argument, which its types do not know.
    stream.on("response", (...args: unknown[]) => {
      this.#takeHead(args[2] as HeaderList);
    });
    stream.on("data", (chunk: Buffer) => {
      this.#takeData(chunk);
    });
    stream.on("trailers", (...args: unknown[]) => {
      this.#takeTrailers(args[2] as HeaderList);
    });
    // After `error`, and after the last `data`.
    stream.on("close", () => {
      this.#close(stream.rstCode);
    });
    stream.on("error", (error: Error) => {
      this.#finish(GrpcStatus.Unavailable, error.message);
    });
  }

  #takeHead(headers: HeaderList): void {
    this.#heard = true;
    if (this.#over) {
      return;
    }
    const httpStatus = Number(headers[1]);
    const type = firstValue(headers, "content-type") ?? "";
    const metadata = headers.slice(2);
    if (firstValue(headers, "grpc-status") !== undefined) {
      // A response of trailers only.
      this.#takeTrailers(metadata);
    } else if (httpStatus !== 200) {
      this.#breakOff(grpcStatusOfHttp(httpStatus), `HTTP status ${httpStatus}`);
    } else if (!type.startsWith("application/grpc")) {
      this.#breakOff(GrpcStatus.Unknown, "the response is not one of gRPC");
    } else {
      this.#sink.onInitialMetadata(metadata);
    }
  }

  #takeData(chunk: Buffer): void {
    if (this.#over) {
      return;
    }
    const { messages, failure } = this.#frames.push(chunk);
    for (const message of messages) {
      if (!this.#over) {
        this.#sink.onMessage(message);
      }
    }
    if (failure !== undefined) {
      this.#breakOff(...frameFailures[failure]);
    }
  }

  #takeTrailers(trailers: HeaderList): void {
    const status = Number(firstValue(trailers, "grpc-status") ?? GrpcStatus.Unknown);
    this.#trailers = trailers;
    this.#status = [
      Number.isInteger(status) ? status : GrpcStatus.Unknown,
      percentDecoded(firstValue(trailers, "grpc-message") ?? ""),
    ];
  }

  #close(resetCode: number | undefined): void {
    if (this.#status !== undefined && this.#frames.unfinished && this.#status[0] === GrpcStatus.Ok) {
      this.#finish(GrpcStatus.Internal, "the last message is incomplete");
    } else if (this.#status !== undefined) {
      this.#finish(...this.#status);
    } else if (resetCode === http2.constants.NGHTTP2_NO_ERROR) {
      this.#finish(GrpcStatus.Unknown, "the response ended without a status");
    } else {
      this.#finish(GrpcStatus.Unavailable, "the connection was lost");
    }
  }

  #breakOff(status: number, message: string): void {
    this.#finish(status, message);
    this.#stream?.close(http2.constants.NGHTTP2_CANCEL);
  }

  #finish(status: number, message: string): void {
    if (!this.#over) {
      this.#over = true;
      this.#cancelTimeout?.();
      this.#sink.onEnd(status, message, this.#trailers);
    }
  }
}

function requestHeaders(
  target: UpstreamTarget,
  path: string,
  metadata: HeaderList,
  timeoutMilliseconds: number | undefined,
): http2.OutgoingHttpHeaders {
  const headers: Record<string, string | string[]> = {
    ":method": "POST",
    ":path": path,
    ":scheme": target.secure ? "https" : "http",
    ":authority": target.authority,
    "content-type": "application/grpc",
    te: "trailers",
  };
  if (timeoutMilliseconds !== undefined) {
    headers["grpc-timeout"] = `${Math.min(timeoutMilliseconds, maxTimeout)}m`;
  }
  for (let index = 0; index < metadata.length; index += 2) {
    const name = metadata[index]!;
    const former = headers[name];
    headers[name] = former === undefined ? metadata[index + 1]! : [former, metadata[index + 1]!].flat();
  }
  return headers;
}

const frameFailures: Record<FrameFailure, [status: number, message: string]> = {
  compressed: [GrpcStatus.Internal, "a message is compressed, which was not offered"],
  "too-large": [GrpcStatus.ResourceExhausted, "a message is larger than the limit"],
};

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
