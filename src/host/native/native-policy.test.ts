import { describe, expect, it } from "vitest";
import { FakeClock } from "../../../test/support/fake-clock.js";
import { FakeUpstreams } from "../../../test/support/fake-upstreams.js";
import { BufferType, LogLevel, MapType, Status } from "../../abi/constants.js";
import type { GuestEvents, HeaderList, Hostcalls } from "../../abi/port.js";
import { rootContextId } from "../contexts.js";
import type { LogRecord } from "./log-record.js";
import { type NativePolicy, startNativePolicy } from "./native-policy.js";

const head: HeaderList = [":method", "GET", ":path", "/", ":authority", "auth", ":scheme", "http"];

interface World {
  clock: FakeClock;
  upstreams: FakeUpstreams;
  lines: [LogLevel, LogRecord][];
  host: Hostcalls;
  policy: NativePolicy;
}

function start(script: (host: Hostcalls) => Partial<GuestEvents> = () => ({}), logLevel?: LogLevel): World {
  const clock = new FakeClock();
  const upstreams = new FakeUpstreams(["auth"]);
  const lines: [LogLevel, LogRecord][] = [];
  const hosts: Hostcalls[] = [];
  const policy = startNativePolicy(
    {
      createGuest: (host) => {
        hosts.push(host);
        return {
          onContextCreate: () => undefined, onVmStart: () => true, onConfigure: () => true, onTick: () => undefined,
          onRequestHeaders: () => 0, onRequestBody: () => 0, onRequestTrailers: () => 0, onResponseHeaders: () => 0,
          onResponseBody: () => 0, onResponseTrailers: () => 0, onHttpCallResponse: () => undefined, onLog: () => undefined,
          onDone: () => true, onDelete: () => undefined, ...script(host),
        };
      },
      checkConfig: () => [],
    },
    {
      name: "p",
      pluginConfiguration: { config: { a: "é" } },
      clock,
      upstreams,
      onLog: (level, record) => lines.push([level, record]),
      mapStack: (stack) => stack.replace("Error", "MappedError"),
      ...(logLevel === undefined ? {} : { logLevel }),
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
    expect(calls).toEqual([["create", 1, 0], ["start", 1, 0], ["configure", 1, 21, '{"config":{"a":"é"}}']]);
    expect(host.getBufferBytes(BufferType.PluginConfiguration, 0, 10)).toBeUndefined();
  });

  it("is refused with what the guest logged when it refuses its configuration, and stops what it had begun", () => {
    const events: string[] = [];
    let ticks: unknown;
    expect(() => start((host) => ({
      onConfigure: () => {
        ticks = host.setTickPeriodMilliseconds(10);
        host.log(LogLevel.Info, "reading");
        host.log(LogLevel.Error, '{"policy":"p","msg":"limits.perMinute: expected a number"}');
        return false;
      },
      onTick: () => events.push("tick"),
      onDone: () => events.push("done") > 0,
      onDelete: () => events.push("delete"),
    }))).toThrow(expect.objectContaining({
      code: "CONFIG_REFUSED",
      message: "policy p: the configuration is refused: limits.perMinute: expected a number",
    }));
    expect(ticks).toBe(Status.Ok);
    expect(events).toEqual(["done", "delete"]);
  });

  it("names the policy when the guest throws meanwhile", () => {
    expect(() => start(() => ({
      onConfigure: () => {
        throw new Error("oops");
      },
    }))).toThrow(expect.objectContaining({ code: "POLICY_BUNDLE", message: "policy p: it threw while it was started: oops" }));
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
    policy.close();
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
      upstream: "auth", headers: head, trailers: ["t", "1"], limits: { timeoutMilliseconds: 1000, bodyBytes: 1_048_576 },
    });
    upstreams.calls[0]?.done({ ok: true, status: 200, headers: ["x-a", "1", "x-a", "2"], body: Buffer.from("body"), trailers: ["u", "3"] });
    expect(seen).toEqual([
      [1, token, 3, 4, 1], [":status", "200", "x-a", "1", "x-a", "2"], "1", ["u", "3"], "ody", [0, ""],
    ]);
    expect(host.getHeaderMapPairs(MapType.HttpCallResponseHeaders)).toEqual([]);
    expect(host.getBufferBytes(BufferType.HttpCallResponseBody, 0, 9)).toBeUndefined();
  });

  it.each([["timeout", 4], ["unreachable", 14], ["reset", 14], ["too-large", 8], ["unknown-upstream", 5]] as const)(
    "that fail have no headers and say why: %s", (failure, code) => {
      const seen: unknown[] = [];
      const { host, upstreams } = start((inner) => ({ onHttpCallResponse: (...args) => seen.push(args, inner.getStatus()) }));
      const token = host.httpCall("auth", head, undefined, [], 1000);
      upstreams.calls[0]?.done({ ok: false, failure, detail: "secret detail" });
      expect(seen).toEqual([[1, token, 0, 0, 0], [code, failure]]);
    },
  );

  it("to an unknown upstream or without a whole head are refused", () => {
    const { host } = start();
    expect(host.httpCall("nobody", head, undefined, [], 1000)).toBe(-Status.BadArgument);
    expect(host.httpCall("auth", [":method", "GET", ":path", "/"], undefined, [], 1000)).toBe(-Status.BadArgument);
  });

  it("are cancelled when the policy closes, and a late answer is dropped", () => {
    const seen: unknown[] = [];
    const { host, upstreams, policy } = start(() => ({ onHttpCallResponse: (...args) => seen.push(args) }));
    host.httpCall("auth", head, undefined, [], 1000);
    policy.close();
    expect(upstreams.calls[0]?.cancelled).toBe(true);
    upstreams.calls[0]?.done({ ok: false, failure: "reset", detail: "" });
    expect(seen).toEqual([]);
    expect(host.httpCall("auth", head, undefined, [], 1000)).toBeLessThan(0);
  });
});

describe("a native policy", () => {
  it("tells the guest once that it goes", () => {
    const events: string[] = [];
    const { policy } = start(() => ({ onDone: () => events.push("done") > 0, onDelete: () => events.push("delete") }));
    policy.close();
    policy.close();
    expect(events).toEqual(["done", "delete"]);
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
    expect(Buffer.from(host.getProperty(["plugin_name"]) ?? []).toString()).toBe("p");
  });

  it("tells the host's time", () => {
    const { host, clock } = start();
    clock.advance(5);
    expect(host.getCurrentTimeMilliseconds()).toBe(clock.now());
  });
});
