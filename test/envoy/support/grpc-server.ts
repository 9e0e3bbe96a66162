/** The two gRPC services that Envoy's filters call, in a few bytes: a rate limiter and an external processor that let everything pass. */
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";

export interface GrpcServer {
  port: number;
  close(): Promise<void>;
}

/** `overall_code: OK` of a RateLimitResponse. */
const withinLimits = Buffer.from([8, 1]);

/** Lets everything pass, each time after `delay` milliseconds. */
export async function startGrpcServer(delay: number): Promise<GrpcServer> {
  const server = createServer();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => {
      stream.sendTrailers({ "grpc-status": "0" });
    });
    const processes = headers[":path"]?.includes("ExternalProcessor") === true;
    readMessages(stream, (message) => {
      setTimeout(() => {
        if (!stream.destroyed) {
          stream.write(frame(processes ? unchanged(message) : withinLimits));
          if (!processes) {
            stream.end();
          }
        }
      }, delay);
    });
    stream.on("end", () => {
      if (processes && !stream.destroyed) {
        stream.end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const session of sessions) {
          session.destroy();
        }
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** A ProcessingResponse that changes nothing: the field before that of the ProcessingRequest, empty. */
function unchanged(request: Buffer): Buffer {
  for (let at = 0; at < request.length; ) {
    const field = request[at]! >> 3;
    if (field >= 2 && field <= 7) {
      return Buffer.from([((field - 1) << 3) | 2, 0]);
    }
    at = skip(request, at);
  }
  throw new Error("a ProcessingRequest without a part of a message");
}

/** Where the field after the one at `at` begins. */
function skip(message: Buffer, at: number): number {
  const [value, next] = varint(message, at + 1);
  return (message[at]! & 7) === 2 ? next + value : next;
}

function varint(bytes: Buffer, at: number): [value: number, next: number] {
  let value = 0;
  for (let index = at, shift = 0; ; index++, shift += 7) {
    value |= (bytes[index]! & 0x7f) << shift;
    if ((bytes[index]! & 0x80) === 0) {
      return [value, index + 1];
    }
  }
}

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function readMessages(stream: ServerHttp2Stream, onMessage: (message: Buffer) => void): void {
  let rest = Buffer.alloc(0);
  stream.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      onMessage(rest.subarray(5, end));
      rest = rest.subarray(end);
    }
  });
}
