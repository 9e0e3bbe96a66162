import { describe, expect, it } from "vitest";
import { FakeUpstreams } from "../../../test/support/fake-upstreams.js";
import { BufferType, LogLevel, MapType, MetricType, Status } from "../../abi/constants.js";
import type { GuestEvents, HeaderList, Hostcalls } from "../../abi/port.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { rootContextId } from "../contexts.js";
import type { LogRecord } from "../log-record.js";
import type { RunningPolicy } from "../policy-runtime.js";
import { SharedServices } from "../shared/shared-services.js";
import type { PolicyStream } from "../stream-hostcalls.js";
import { startNativePolicy } from "./native-policy.js";

const head: HeaderList = [":method", "GET", ":path", "/", ":authority", "auth", ":scheme", "http"];

interface World {
  clock: VirtualClock;
  upstreams: FakeUpstreams;
  lines: [LogLevel, LogRecord][];
  host: Hostcalls;
  policy: RunningPolicy;
}

function start(
  script: (host: Hostcalls) => Partial<GuestEvents> = () => ({}),
  logLevel?: LogLevel,
  shared?: SharedServices,
): World {
  const clock = new VirtualClock();
  const upstreams = new FakeUpstreams(["auth"]);
  const lines: [LogLevel, LogRecord][] = [];
  const hosts: Hostcalls[] = [];
  const policy = startNativePolicy(
    {
      createGuest: (host) => {
        hosts.push(host);
        return {
          onContextCreate: () => undefined,
          onVmStart: () => true,
          onConfigure: () => true,
          onTick: () => undefined,
          onRequestHeaders: () => 0,
          onRequestBody: () => 0,
          onRequestTrailers: () => 0,
          onResponseHeaders: () => 0,
          onResponseBody: () => 0,
          onResponseTrailers: () => 0,
          onHttpCallResponse: () => undefined,
          onLog: () => undefined,
          onDone: () => true,
          onDelete: () => undefined,
          ...script(host),
        };
      },
      checkConfig: () => [],
    },
    {
      name: "p",
      filename: "p.js",
      pluginConfiguration: { config: { a: "é" } },
      clock,
      upstreams,
      onLog: (level, record) => lines.push([level, record]),
      mapStack: (stack) => stack.replace("Error", "MappedError"),
      ...(logLevel === undefined ? {} : { logLevel }),
      ...(shared === undefined ? {} : { shared }),
    },
  );
  return { clock, upstreams, lines, policy, host: hosts[0] as Hostcalls };
}

describe("starting a native policy", () => {
  it("creates the root context, starts the VM and configures it with the configuration as JSON", () => {
    const calls: unknown[] = [];
    const { host } = start((inner) => ({
      onContextCreate: (...args) => calls.push(["create", ...args]),
      onVmStart: (...args) => calls.push(["start", ...args]) > 0,
      onConfigure: (root, size) => {
        const bytes = inner.getBufferBytes(BufferType.PluginConfiguration, 0, size) ?? new Uint8Array();
        return calls.push(["configure", root, size, Buffer.from(bytes).toString()]) > 0;
      },
    }));
    expect(calls).toEqual([
      ["create", 1, 0],
      ["start", 1, 0],
      ["configure", 1, 21, '{"config":{"a":"é"}}'],
    ]);
    expect(host.getBufferBytes(BufferType.PluginConfiguration, 0, 10)).toBeUndefined();
  });

  it("is refused with what the guest logged when it refuses its configuration, and stops what it had begun", () => {
    const events: string[] = [];
    let ticks: unknown;
    expect(() =>
      start((host) => ({
        onConfigure: () => {
          ticks = host.setTickPeriodMilliseconds(10);
          host.log(LogLevel.Info, "reading");
          host.log(LogLevel.Error, '{"policy":"p","msg":"limits.perMinute: expected a number"}');
          return false;
        },
        onTick: () => events.push("tick"),
        onDone: () => events.push("done") > 0,
        onDelete: () => events.push("delete"),
      })),
    ).toThrow(
      expect.objectContaining({
        code: "CONFIG_REFUSED",
        message: "policy p: the configuration is refused: limits.perMinute: expected a number",
      }),
    );
    expect(ticks).toBe(Status.Ok);
    expect(events).toEqual(["done", "delete"]);
  });

  it("names the policy when the guest throws meanwhile", () => {
    expect(() =>
      start(() => ({
        onConfigure: () => {
          throw new Error("oops");
        },
      })),
    ).toThrow(
      expect.objectContaining({ code: "POLICY_BUNDLE", message: "policy p: it threw while it was started: oops" }),
    );
  });
});

describe("ticks", () => {
  it("come every period on the root context until stopped or closed", () => {
    const ticks: number[] = [];
    const { host, clock, policy } = start(() => ({ onTick: (root) => ticks.push(root) }));
    host.setTickPeriodMilliseconds(10);
    clock.advance(35);
    expect(ticks).toEqual([rootContextId, rootContextId, rootContextId]);
    host.setTickPeriodMilliseconds(0);
    clock.advance(100);
    expect(ticks).toHaveLength(3);
    host.setTickPeriodMilliseconds(10);
    void policy.close();
    clock.advance(100);
    expect(ticks).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it("that throw are logged with a mapped stack and go on", () => {
    let ticks = 0;
    const { host, clock, lines } = start(() => ({
      onTick: () => {
        ticks++;
        throw new Error("tick");
      },
    }));
    host.setTickPeriodMilliseconds(10);
    clock.advance(20);
    expect(ticks).toBe(2);
    expect(lines[0]?.[0]).toBe(LogLevel.Error);
    expect(lines[0]?.[1]).toMatchObject({ policy: "p", stack: expect.stringContaining("MappedError: tick") as string });
  });

  it("may change their own period", () => {
    const { host, clock } = start((inner) => ({ onTick: () => inner.setTickPeriodMilliseconds(0) }));
    host.setTickPeriodMilliseconds(10);
    clock.advance(50);
    expect(clock.pending).toBe(0);
  });
});

describe("HTTP calls", () => {
  it("give a token and deliver the response, which can be read during its event only", () => {
    const seen: unknown[] = [];
    const { host, upstreams } = start((inner) => ({
      onHttpCallResponse: (...args) => {
        seen.push(args, inner.getHeaderMapPairs(MapType.HttpCallResponseHeaders));
        seen.push(inner.getHeaderMapValue(MapType.HttpCallResponseHeaders, "X-A"));
        seen.push(inner.getHeaderMapPairs(MapType.HttpCallResponseTrailers));
        seen.push(Buffer.from(inner.getBufferBytes(BufferType.HttpCallResponseBody, 1, 3) ?? []).toString());
        seen.push(inner.getStatus());
      },
    }));
    const token = host.httpCall("auth", head, Buffer.from("ask"), ["t", "1"], 1000);
    expect(token).toBeGreaterThan(0);
    expect(upstreams.calls[0]).toMatchObject({
      upstream: "auth",
      headers: head,
      trailers: ["t", "1"],
      limits: { timeoutMilliseconds: 1000, bodyBytes: 1_048_576 },
    });
    upstreams.calls[0]?.done({
      ok: true,
      status: 200,
      headers: ["x-a", "1", "x-a", "2"],
      body: Buffer.from("body"),
      trailers: ["u", "3"],
    });
    expect(seen).toEqual([
      [1, token, 3, 4, 1],
      [":status", "200", "x-a", "1", "x-a", "2"],
      "1",
      ["u", "3"],
      "ody",
      [0, ""],
    ]);
    expect(host.getHeaderMapPairs(MapType.HttpCallResponseHeaders)).toEqual([]);
    expect(host.getBufferBytes(BufferType.HttpCallResponseBody, 0, 9)).toBeUndefined();
  });

  it.each([
    ["timeout", 4],
    ["unreachable", 14],
    ["reset", 14],
    ["too-large", 8],
    ["unknown-upstream", 5],
  ] as const)("that fail have no headers and say why: %s", (failure, code) => {
    const seen: unknown[] = [];
    const { host, upstreams } = start((inner) => ({
      onHttpCallResponse: (...args) => seen.push(args, inner.getStatus()),
    }));
    const token = host.httpCall("auth", head, undefined, [], 1000);
    upstreams.calls[0]?.done({ ok: false, failure, detail: "secret detail" });
    expect(seen).toEqual([
      [1, token, 0, 0, 0],
      [code, failure],
    ]);
  });

  it("to an unknown upstream or without a whole head are refused", () => {
    const { host } = start();
    expect(host.httpCall("nobody", head, undefined, [], 1000)).toBe(-Status.BadArgument);
    expect(host.httpCall("auth", [":method", "GET", ":path", "/"], undefined, [], 1000)).toBe(-Status.BadArgument);
  });

  it("are cancelled when the policy closes, and a late answer is dropped", () => {
    const seen: unknown[] = [];
    const { host, upstreams, policy } = start(() => ({ onHttpCallResponse: (...args) => seen.push(args) }));
    host.httpCall("auth", head, undefined, [], 1000);
    void policy.close();
    expect(upstreams.calls[0]?.cancelled).toBe(true);
    upstreams.calls[0]?.done({ ok: false, failure: "reset", detail: "" });
    expect(seen).toEqual([]);
    expect(host.httpCall("auth", head, undefined, [], 1000)).toBeLessThan(0);
  });
});

describe("gRPC", () => {
  it("calls give their response as an event, in which it can be read", () => {
    const seen: unknown[] = [];
    const { host, upstreams } = start((inner) => ({
      onGrpcReceive: (...args) => {
        seen.push(
          args,
          Buffer.from(inner.getBufferBytes(BufferType.GrpcCallMessage, 0, 99) ?? []).toString(),
          inner.getStatus(),
        );
      },
      onGrpcClose: (...args) => seen.push(args),
    }));
    const token = host.grpcCall("auth", "pkg.Service", "Check", ["x-a", "1"], Buffer.from("ask"), 500);
    const [call] = upstreams.grpcStreams;
    expect(call).toMatchObject({
      path: "/pkg.Service/Check",
      metadata: ["x-a", "1"],
      sent: ["ask"],
      ended: true,
      limits: { timeoutMilliseconds: 500, messageBytes: 1_048_576 },
    });
    call?.sink.onMessage(Buffer.from("answer"));
    call?.sink.onEnd(0, "", []);
    expect(seen).toEqual([[1, token, 6], "answer", [0, ""]]);
    expect(host.getBufferBytes(BufferType.GrpcCallMessage, 0, 99)).toBeUndefined();
  });

  it("calls that fail, or give no message, close with a status", () => {
    const seen: unknown[] = [];
    const { host, upstreams } = start((inner) => ({ onGrpcClose: (...args) => seen.push(args, inner.getStatus()) }));
    const first = host.grpcCall("auth", "s", "m", [], undefined, 500);
    const second = host.grpcCall("auth", "s", "m", [], undefined, 500);
    upstreams.grpcStreams[0]?.sink.onEnd(14, "lost", []);
    upstreams.grpcStreams[1]?.sink.onEnd(0, "", []);
    expect(seen).toEqual([
      [1, first, 14],
      [14, "lost"],
      [1, second, 13],
      [13, ""],
    ]);
  });

  it("streams give metadata, messages, trailers and their end, and take messages", () => {
    const seen: unknown[] = [];
    const { host, upstreams } = start((inner) => ({
      onGrpcReceiveInitialMetadata: (...args) =>
        seen.push(args, inner.getHeaderMapPairs(MapType.GrpcCallInitialMetadata)),
      onGrpcReceive: (...args) => seen.push(args),
      onGrpcReceiveTrailingMetadata: (...args) =>
        seen.push(args, inner.getHeaderMapValue(MapType.GrpcCallTrailingMetadata, "X-T")),
      onGrpcClose: (...args) => seen.push(args),
    }));
    const token = host.grpcStream("auth", "s", "m", []);
    expect(host.grpcSend(token, Buffer.from("one"), false)).toBe(Status.Ok);
    expect(host.grpcSend(token, undefined, true)).toBe(Status.Ok);
    const [stream] = upstreams.grpcStreams;
    expect(stream).toMatchObject({ sent: ["one", ""], ended: true, limits: { timeoutMilliseconds: undefined } });
    stream?.sink.onInitialMetadata(["x-a", "1"]);
    stream?.sink.onMessage(Buffer.from("abc"));
    stream?.sink.onEnd(3, "bad", ["x-t", "2"]);
    expect(seen).toEqual([[1, token, 1], ["x-a", "1"], [1, token, 3], [1, token, 1], "2", [1, token, 3]]);
    expect(host.grpcSend(token, undefined, false)).toBe(Status.NotFound);
  });

  it("is cancelled by the guest and with the policy, and says nothing afterwards", () => {
    const seen: unknown[] = [];
    const { host, upstreams, policy } = start(() => ({ onGrpcClose: (...args) => seen.push(args) }));
    const cancelled = host.grpcStream("auth", "s", "m", []);
    host.grpcStream("auth", "s", "m", []);
    expect([host.grpcCancel(cancelled), host.grpcCancel(cancelled)]).toEqual([Status.Ok, Status.NotFound]);
    void policy.close();
    for (const stream of upstreams.grpcStreams) {
      stream.sink.onEnd(1, "", []);
    }
    expect(upstreams.grpcStreams.map((stream) => stream.cancelled)).toEqual([true, true]);
    expect(seen).toEqual([]);
    expect(host.grpcStream("auth", "s", "m", [])).toBe(-Status.InternalFailure);
  });

  it("closes the sending half of a stream, and abandons a call", () => {
    const { host, upstreams } = start();
    expect(host.grpcClose(host.grpcStream("auth", "s", "m", []))).toBe(Status.Ok);
    const call = host.grpcCall("auth", "s", "m", [], undefined, 500);
    expect(host.grpcSend(call, undefined, false)).toBe(Status.BadArgument);
    expect(host.grpcClose(call)).toBe(Status.Ok);
    expect(upstreams.grpcStreams.map(({ ended, cancelled }) => [ended, cancelled])).toEqual([
      [true, false],
      [true, true],
    ]);
  });

  it("refuses an unknown upstream and metadata that no head can have", () => {
    const { host } = start();
    expect(host.grpcCall("nobody", "s", "m", [], undefined, 1)).toBe(-Status.BadArgument);
    expect(host.grpcStream("auth", "s", "m", [":path", "/x"])).toBe(-Status.BadArgument);
    expect(host.grpcStream("auth", "s", "", [])).toBe(-Status.BadArgument);
  });
});

describe("what policies share", () => {
  it("are data and metrics, and queues whose readers are told in an event of their own", () => {
    const shared = new SharedServices();
    const ready: unknown[] = [];
    const reader = start(
      (inner) => ({
        onQueueReady: (root, queue) => ready.push(root, Buffer.from(inner.dequeueSharedQueue(queue) ?? []).toString()),
      }),
      undefined,
      shared,
    );
    const writer = start(undefined, undefined, shared);

    const queue = reader.host.registerSharedQueue("q");
    expect(writer.host.resolveSharedQueue("", "q")).toBe(queue);
    expect(writer.host.resolveSharedQueue("vm", "q")).toBe(-Status.NotFound);
    writer.host.enqueueSharedQueue(queue, Buffer.from("hello"));
    expect(ready).toEqual([]);
    reader.clock.advance(0);
    expect(ready).toEqual([rootContextId, "hello"]);

    writer.host.setSharedData("k", Buffer.from("v"), 0);
    expect(Buffer.from(reader.host.getSharedData("k")?.[0] ?? []).toString()).toBe("v");
    const counter = writer.host.defineMetric(MetricType.Counter, "c");
    writer.host.incrementMetric(counter, 3);
    expect(reader.host.getMetric(reader.host.defineMetric(MetricType.Counter, "c"))).toBe(3);
  });

  it("are no functions but those of foreign-functions.ts", () => {
    expect(start().host.callForeignFunction("compress", undefined)).toBeUndefined();
  });
});

describe("a native policy", () => {
  it("tells the guest once that it goes", () => {
    const events: string[] = [];
    const { policy } = start(() => ({ onDone: () => events.push("done") > 0, onDelete: () => events.push("delete") }));
    void policy.close();
    void policy.close();
    expect(events).toEqual(["done", "delete"]);
  });

  it("waits for a guest that asks for time, with ticks meanwhile, until it says that it is done", async () => {
    const events: string[] = [];
    const { host, policy, clock } = start(() => ({
      onTick: () => events.push("tick"),
      onDone: () => events.push("done") < 0,
      onDelete: () => events.push("delete"),
    }));
    expect(host.contextDone()).toBe(Status.NotFound);
    host.setTickPeriodMilliseconds(10);
    const closed = policy.close();
    clock.advance(10);
    expect(host.contextDone()).toBe(Status.Ok);
    await closed;
    expect(events).toEqual(["done", "tick", "delete"]);
    expect(clock.pending).toBe(0);
  });

  it("does not wait for it for more than 5 s", async () => {
    const { policy, clock } = start(() => ({ onDone: () => false }));
    const closed = policy.close();
    clock.advance(5_000);
    await closed;
    expect(clock.pending).toBe(0);
  });

  it("hands log lines on as objects, from its level upwards", () => {
    const { host, lines } = start(undefined, LogLevel.Warn);
    host.log(LogLevel.Info, '{"msg":"quiet"}');
    host.log(LogLevel.Warn, '{"policy":"p","route":"r","request":"q","msg":"careful","n":1}');
    host.log(LogLevel.Error, "plain text");
    host.log(LogLevel.Error, "[1]");
    expect(host.getLogLevel()).toBe(LogLevel.Warn);
    expect(lines).toEqual([
      [LogLevel.Warn, { policy: "p", route: "r", request: "q", msg: "careful", n: 1 }],
      [LogLevel.Error, { policy: "p", msg: "plain text" }],
      [LogLevel.Error, { policy: "p", msg: "[1]" }],
    ]);
  });

  it("serves stream hostcalls on a stream only", () => {
    const { host } = start();
    expect(host.getHeaderMapPairs(MapType.RequestHeaders)).toEqual([]);
    expect(host.getHeaderMapValue(MapType.RequestHeaders, ":path")).toBeUndefined();
    expect(host.replaceHeaderMapValue(MapType.RequestHeaders, "a", "1")).toBe(Status.BadArgument);
    expect(host.getBufferBytes(BufferType.HttpRequestBody, 0, 1)).toBeUndefined();
    expect(host.sendLocalResponse(200, "", undefined, [], -1)).toBe(Status.BadArgument);
    expect(host.setEffectiveContext(99)).toBe(Status.BadArgument);
    expect(host.getProperty(["request", "path"])).toBeUndefined();
  });

  it("knows which use of a plugin it is, in every context", () => {
    const { host, policy } = start();
    const told = () =>
      ["plugin_name", "plugin_root_id", "plugin_vm_id"].map((name) =>
        Buffer.from(host.getProperty([name]) ?? [0]).toString(),
      );
    expect(told()).toEqual(["p", "", ""]);
    policy.contexts.effective = { getProperty: () => undefined } as unknown as PolicyStream;
    expect(told()).toEqual(["p", "", ""]);
  });

  it("tells the host's time", () => {
    const { host, clock } = start();
    clock.advance(5);
    expect(host.getCurrentTimeMilliseconds()).toBe(clock.now());
  });
});
