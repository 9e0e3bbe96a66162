import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { HeaderList } from "../../src/abi/port.js";
import { grpcFrame } from "../../src/gateway/grpc-frames.js";
import { SocketUpstreams } from "../../src/gateway/upstreams.js";
import type { GrpcLimits, GrpcStream } from "../../src/host/grpc.js";
import { VirtualClock } from "../../src/testing/virtual-clock.js";

type Handler = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void;

const grpcHead = { ":status": 200, "content-type": "application/grpc" };
const noLimits: GrpcLimits = { timeoutMilliseconds: undefined, messageBytes: 1000 };

/** What a sink heard, as lines, and a wait for the end. */
class Heard {
  readonly lines: string[] = [];
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;
  /** Called with every message. */
  onMessageOnce: (() => void) | undefined;

  constructor() {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  onInitialMetadata(metadata: HeaderList): void {
    this.lines.push(
      `metadata ${metadata.filter((_, index) => metadata[index - (index % 2)]?.startsWith("x-")).join("=")}`,
    );
  }

  onMessage(message: Uint8Array): void {
    this.lines.push(`message ${Buffer.from(message).toString()}`);
    this.onMessageOnce?.();
  }

  onEnd(status: number, message: string, trailers: HeaderList): void {
    this.lines.push(`end ${status} ${message}${trailers.includes("x-t") ? " x-t" : ""}`);
    this.#end();
  }
}

async function world(handler: Handler) {
  const server = http2.createServer();
  server.on("stream", (stream, headers) => {
    // Resets arrive here, too.
    stream.on("error", () => undefined);
    handler(stream, headers);
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const clock = new VirtualClock();
  const { port } = server.address() as AddressInfo;
  const config = { url: `http://127.0.0.1:${port}`, connectTimeoutMilliseconds: 5_000 };
  const upstreams = new SocketUpstreams({ grpc: config }, clock);
  onTestFinished(async () => {
    await upstreams.close();
    for (const session of sessions) {
      session.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
  });
  const open = (limits: GrpcLimits = noLimits, metadata: HeaderList = [], name = "grpc"): [GrpcStream, Heard] => {
    const heard = new Heard();
    return [upstreams.grpc(name, "/pkg.Service/Method", metadata, limits, heard), heard];
  };
  return { clock, open, sessions };
}

/** Answers each message with itself; the trailers carry the status. */
const echo: Handler = (stream, headers) => {
  stream.respond(
    { ...grpcHead, "x-seen": `${headers[":path"] ?? ""} ${String(headers["grpc-timeout"])} ${String(headers["x-a"])}` },
    { waitForTrailers: true },
  );
  stream.on("wantTrailers", () => {
    stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine%21", "x-t": "1" });
  });
  stream.pipe(stream);
};

describe("a gRPC call", () => {
  it("sends messages and metadata, and hears metadata, messages and the status of the trailers", async () => {
    const { open } = await world(echo);
    const [stream, heard] = open({ ...noLimits, timeoutMilliseconds: 1500 }, ["x-a", "1", "x-a", "2"]);
    stream.send(Buffer.from("one"));
    stream.send(Buffer.from(""));
    stream.end();
    await heard.ended;
    expect(heard.lines).toEqual([
      "metadata x-seen=/pkg.Service/Method 1500m 1, 2",
      "message one",
      "message ",
      "end 0 fine! x-t",
    ]);
  });

  it("puts messages together that come in pieces", async () => {
    const { open } = await world((stream) => {
      stream.respond(grpcHead, { waitForTrailers: true });
      stream.on("wantTrailers", () => {
        stream.sendTrailers({ "grpc-status": "0" });
      });
      const bytes = Buffer.concat([grpcFrame(Buffer.from("first")), grpcFrame(Buffer.from("second"))]);
      const write = (index: number) => {
        if (index === bytes.length) {
          stream.end();
        } else {
          stream.write(bytes.subarray(index, index + 1), () => {
            write(index + 1);
          });
        }
      };
      write(0);
    });
    const [, heard] = open();
    await heard.ended;
    expect(heard.lines.slice(1)).toEqual(["message first", "message second", "end 0 "]);
  });

  it("hears a response of trailers only", async () => {
    const { open } = await world((stream) => {
      stream.respond({ ...grpcHead, "grpc-status": "7", "grpc-message": "not%20you" }, { endStream: true });
    });
    const [, heard] = open();
    await heard.ended;
    expect(heard.lines).toEqual(["end 7 not you"]);
  });

  it.each([
    ["another HTTP status", { ":status": 503 }, undefined, "end 14 HTTP status 503"],
    [
      "another kind of content",
      { ":status": 200, "content-type": "text/html" },
      undefined,
      "end 2 the response is not one of gRPC",
    ],
    [
      "a compressed message",
      grpcHead,
      Buffer.from([1, 0, 0, 0, 0]),
      "end 13 a message is compressed, which was not offered",
    ],
    ["too large a message", grpcHead, Buffer.from([0, 0xff, 0, 0, 0]), "end 8 a message is larger than the limit"],
  ])("fails at %s", async (_what, head, body, end) => {
    const { open } = await world((stream) => {
      stream.respond(head);
      if (body !== undefined) {
        stream.write(body);
      }
    });
    const [, heard] = open();
    await heard.ended;
    expect(heard.lines.at(-1)).toBe(end);
  });

  it.each([
    [
      "no status",
      (stream: http2.ServerHttp2Stream) => {
        stream.respond(grpcHead);
        stream.end();
      },
      "end 2 the response ended without a status",
    ],
    [
      "a reset",
      (stream: http2.ServerHttp2Stream) => {
        stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
      },
      "end 14",
    ],
    [
      "a lost connection",
      (stream: http2.ServerHttp2Stream) => {
        stream.session?.destroy();
      },
      "end 14",
    ],
  ])("fails at %s", async (_what, act, end) => {
    const { open } = await world(act);
    const [, heard] = open();
    await heard.ended;
    expect(heard.lines.at(-1)).toContain(end);
  });

  it("ends when its time is over, and takes the stream back", async () => {
    let closed: (code: number) => void;
    const reset = new Promise<number>((resolve) => {
      closed = resolve;
    });
    let arrived: () => void;
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { open, clock } = await world((stream) => {
      stream.on("close", () => {
        closed(stream.rstCode ?? -1);
      });
      arrived();
    });
    const [, heard] = open({ ...noLimits, timeoutMilliseconds: 100 });
    await arrival;
    clock.advance(100);
    await heard.ended;
    expect(heard.lines).toEqual(["end 4 no response within 100 ms"]);
    expect(await reset).toBe(http2.constants.NGHTTP2_CANCEL);
    expect(clock.pending).toBe(0);
  });

  it("ends when its time is over, as do many others on the same connection, without a warning of Node's", async () => {
    let arrived = 0;
    let allArrived: () => void;
    const arrivals = new Promise<void>((resolve) => {
      allArrived = resolve;
    });
    const { open, clock, sessions } = await world(() => {
      arrived++;
      if (arrived === 20) {
        allArrived();
      }
    });
    const calls = Array.from({ length: 20 }, () => open({ ...noLimits, timeoutMilliseconds: 100 })[1]);
    await arrivals;
    clock.advance(100);
    await Promise.all(calls.map(({ ended }) => ended));
    expect(new Set(calls.flatMap(({ lines }) => lines))).toEqual(new Set(["end 4 no response within 100 ms"]));
    expect(sessions.size).toBe(1);
  });

  it("hears nothing more once it is cancelled", async () => {
    let closed: () => void;
    const reset = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const { open } = await world((stream) => {
      stream.on("close", () => {
        closed();
      });
      stream.respond(grpcHead);
      stream.write(grpcFrame(Buffer.from("one")));
    });
    const [stream, heard] = open();
    heard.onMessageOnce = () => {
      stream.cancel();
    };
    await reset;
    expect(heard.lines).toEqual(["metadata ", "message one"]);
  });

  it("shares a connection with others, and makes a new one when it was lost", async () => {
    const { open, sessions } = await world(echo);
    const call = async () => {
      const [stream, heard] = open();
      stream.end();
      await heard.ended;
      return heard.lines.at(-1);
    };
    expect(await Promise.all([call(), call()])).toEqual(["end 0 fine! x-t", "end 0 fine! x-t"]);
    expect(sessions.size).toBe(1);
    const [first] = sessions;
    await new Promise<void>((resolve) => {
      first?.close(resolve);
    });
    expect(await call()).toBe("end 0 fine! x-t");
    expect(sessions.size).toBe(2);
  });

  it("fails where nobody listens, and where nobody is of that name", async () => {
    const { open } = await world(echo);
    const closed = new SocketUpstreams({ gone: { url: "http://127.0.0.1:1", connectTimeoutMilliseconds: 1000 } });
    onTestFinished(() => closed.close());
    const heard = new Heard();
    closed.grpc("gone", "/a/b", [], noLimits, heard);
    await heard.ended;
    expect(heard.lines[0]).toContain("end 14");
    const [, unknown] = open(noLimits, [], "nobody");
    await unknown.ended;
    expect(unknown.lines[0]).toContain("end 5");
  });
});
