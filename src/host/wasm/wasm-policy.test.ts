import { beforeAll, describe, expect, it } from "vitest";
import { ChainHarness, policy, type StartedPolicy } from "../../../test/support/chain-harness.js";
import { commonImports, watModule } from "../../../test/support/wat-module.js";
import { HeadersStatus, LogLevel } from "../../abi/constants.js";
import { defaultLimits } from "../exchange.js";
import type { LogRecord } from "../log-record.js";
import { loadWasmModule, type WasmPolicyModule } from "./wasm-module.js";
import { startWasmPolicy, type WasmPolicyOptions } from "./wasm-policy.js";

/**
 * A module that does what the request's `x-act` says: t(rap), r(ecurse), e(xit), a (trapping allocator), p(ause),
 * k (pause, and trap at the next tick), c (pause, and call `auth`), l (log a secret), b (trap at the response's body).
 */
const acting = (options: { sluice?: boolean; configure?: string } = {}) =>
  watModule(
    `
  (data (i32.const 0) "x-act")
  (data (i32.const 16) "auth")
  (data (i32.const 32) "\\04\\00\\00\\00\\07\\00\\00\\00\\01\\00\\00\\00\\05\\00\\00\\00\\01\\00\\00\\00\\0a\\00\\00\\00\\01\\00\\00\\00\\07\\00\\00\\00\\04\\00\\00\\00:method\\00G\\00:path\\00/\\00:authority\\00a\\00:scheme\\00http\\00")
  (data (i32.const 160) "Bearer abcdefgh")
  (func $act (result i32)
    (if (i32.ne (call $get_header (i32.const 0) (i32.const 0) (i32.const 5) (i32.const 4000) (i32.const 4004)) (i32.const 0))
      (then (return (i32.const 0))))
    (i32.load8_u (i32.load (i32.const 4000))))
  (func $recurse (result i32) (i32.add (call $recurse) (i32.const 1)))
  (func (export "proxy_on_configure") (param i32 i32) (result i32) ${options.configure ?? "(i32.const 1)"})
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
    (local $act i32)
    (local.set $act (call $act))
    (if (i32.eq (local.get $act) (i32.const 116)) (then unreachable))
    (if (i32.eq (local.get $act) (i32.const 114)) (then (return (call $recurse))))
    (if (i32.eq (local.get $act) (i32.const 101)) (then (call $exit (i32.const 3))))
    (if (i32.eq (local.get $act) (i32.const 107)) (then (drop (call $set_tick (i32.const 10)))))
    (if (i32.eq (local.get $act) (i32.const 99)) (then
      (drop (call $http_call (i32.const 16) (i32.const 4) (i32.const 32) (i32.const 80) (i32.const 0) (i32.const 0)
        (i32.const 0) (i32.const 0) (i32.const 1000) (i32.const 4008)))))
    (if (i32.eq (local.get $act) (i32.const 108)) (then
      (drop (call $log (i32.const 2) (i32.const 160) (i32.const 15)))
      (return (i32.const 0))))
    (select (i32.const 1) (i32.const 0)
      (i32.or (i32.eq (local.get $act) (i32.const 112))
        (i32.or (i32.eq (local.get $act) (i32.const 107)) (i32.eq (local.get $act) (i32.const 99))))))
  (func (export "proxy_on_request_body") (param i32 i32 i32) (result i32) (i32.const 0))
  (func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
    (if (i32.eq (call $act) (i32.const 98)) (then unreachable))
    (i32.const 0))
  (func (export "proxy_on_tick") (param i32) unreachable)`,
    {
      imports: `${commonImports}
    (import "env" "proxy_set_tick_period_milliseconds" (func $set_tick (param i32) (result i32)))
    (import "env" "proxy_http_call" (func $http_call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))`,
      sluice: options.sluice ?? false,
    },
  );

let module: WasmPolicyModule;
beforeAll(async () => {
  module = await loadWasmModule(acting(), "m.wasm");
});

/** A policy that runs the module, and the lines that it wrote. */
function running(
  options: Partial<WasmPolicyOptions> = {},
  of = module,
): { start: StartedPolicy; lines: [LogLevel, LogRecord][] } {
  const lines: [LogLevel, LogRecord][] = [];
  const start: StartedPolicy = ({ clock, upstreams }) =>
    startWasmPolicy(of, {
      name: "w",
      pluginConfiguration: Buffer.from("{}"),
      clock,
      upstreams,
      onError: "deny",
      onLog: (level, record) => lines.push([level, record]),
      ...options,
    });
  return { start, lines };
}

const act = (letter: string) => ["x-act", letter];

describe("a module that traps", () => {
  it.each([
    ["t", "unreachable"],
    ["r", "Maximum call stack size exceeded"],
    ["e", "it exited with code 3"],
  ])("(%s) answers 500, tells the log where, and serves the next request with a new instance", (letter, reason) => {
    const { start, lines } = running();
    const harness = new ChainHarness(start);
    const failed = harness.get(act(letter));
    expect(failed.downstream.status).toBe(500);
    expect(failed.downstream.body).toBe("");
    expect(harness.failures).toMatchObject([{ code: "MODULE_TRAPPED" }]);
    expect(lines.map(([level]) => level)).toEqual([LogLevel.Error]);
    expect(lines[0]?.[1].msg).toBe(
      `MODULE_TRAPPED: policy w: the module trapped in proxy_on_request_headers: ${reason}; its exchanges fail, and a new instance takes over`,
    );
    const next = harness.get();
    next.forward.respond(200);
    expect(next.downstream.status).toBe(200);
  });

  it("fails every exchange that its instance had, and no other", () => {
    const harness = new ChainHarness(running().start);
    const held = harness.get(act("p"));
    const flowing = harness.get();
    flowing.forward.respond(200, [], undefined);
    const responding = harness.get();
    responding.forward.sink.onHeaders(200, [], false);
    harness.get(act("t"));
    expect(held.downstream.status).toBe(500);
    expect(held.end?.details).toBe("local_reply:w:policy_failed");
    expect(flowing.downstream.status).toBe(200);
    expect(responding.downstream.resets).toBe(1);
    expect(harness.policies[0]?.contexts.size).toBe(0);
    const after = harness.get(act("p"));
    expect(after.downstream.status).toBe(0);
  });

  it("breaks the exchange off where the head of the response is out", () => {
    const harness = new ChainHarness(running().start);
    const exchange = harness.get(act("b"));
    exchange.forward.respond(200, [], "body");
    expect(exchange.downstream.status).toBe(200);
    expect(exchange.downstream.resets).toBe(1);
    expect(harness.get().forward).toBeDefined();
  });

  it("in a tick fails what it holds; its calls are abandoned, and the new instance ticks not", () => {
    const harness = new ChainHarness(running().start);
    const calling = harness.get(act("c"));
    const held = harness.get(act("k"));
    expect(harness.upstreams.calls).toHaveLength(1);
    harness.clock.advance(10);
    expect([calling, held].map(({ downstream }) => downstream.status)).toEqual([500, 500]);
    expect(harness.upstreams.calls[0]?.cancelled).toBe(true);
    harness.clock.advance(defaultLimits.streamIdleMilliseconds);
    expect(harness.clock.pending).toBe(0);
    expect(harness.get().forward).toBeDefined();
  });

  it("lets its exchanges go on without it where errors are allowed", () => {
    const harness = new ChainHarness(policy("outer"), running({ onError: "allow" }).start);
    const held = harness.get(act("p"));
    const trapping = harness.open(["POST", act("t"), false]);
    trapping.send("body", true);
    expect(harness.upstreams.forwards).toHaveLength(2);
    expect(harness.upstreams.forwards.map(({ body }) => body).sort()).toEqual(["", "body"]);
    held.forward.respond(204);
    expect(harness.failures).toHaveLength(2);
  });

  it("again and again before it has done anything is started later and later, and answers 503 meanwhile", () => {
    const harness = new ChainHarness(running().start);
    const statusOf = (letter: string): number => harness.get(act(letter)).downstream.status;
    expect([statusOf("t"), statusOf("t"), statusOf("-")]).toEqual([500, 500, 503]);
    harness.clock.advance(999);
    expect(statusOf("-")).toBe(503);
    harness.clock.advance(1);
    expect([statusOf("t"), statusOf("-")]).toEqual([500, 503]);
    harness.clock.advance(2_000);
    // It does something: what follows is a first loss again.
    expect([statusOf("-"), statusOf("t"), statusOf("-")]).toEqual([0, 500, 0]);
    expect(harness.failures.filter((error) => (error as { code?: string }).code === "MODULE_RESTARTING")).toHaveLength(
      3,
    );
  });

  it("is not started again once the policy is closed", async () => {
    const harness = new ChainHarness(running().start);
    harness.get(act("t"));
    harness.get(act("t"));
    expect(harness.clock.pending).toBe(1);
    await harness.policies[0]?.close();
    expect(harness.clock.pending).toBe(0);
  });

  it("while it is started stops the start", async () => {
    const broken = await loadWasmModule(acting({ configure: "unreachable" }), "m.wasm");
    expect(() => new ChainHarness(running({}, broken).start)).toThrow(
      expect.objectContaining({
        code: "MODULE_TRAPPED",
        message: "policy w: the module trapped in proxy_on_configure: unreachable",
      }),
    );
  });

  it("in its start function stops the start", async () => {
    const broken = await loadWasmModule(watModule("(func $start unreachable) (start $start)"), "m.wasm");
    expect(() => new ChainHarness(running({}, broken).start)).toThrow(
      /the module trapped in start function: unreachable/,
    );
  });
});

describe("a module", () => {
  it("that refuses its configuration stops the start, with what it logged", async () => {
    const refusing = await loadWasmModule(
      watModule(
        `
      (data (i32.const 0) "no realm, but Bearer abcdefgh")
      (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $log (i32.const 4) (i32.const 0) (i32.const 29)))
        (i32.const 0))`,
        { imports: commonImports },
      ),
      "m.wasm",
    );
    expect(() => new ChainHarness(running({}, refusing).start)).toThrow(
      expect.objectContaining({
        code: "CONFIG_REFUSED",
        message: "policy w: the configuration is refused: no realm, but Bearer [redacted]",
      }),
    );
  });

  it("is initialised before anything else is called", async () => {
    const noting = (name: string, signature: string) => `(func (export "${name}") ${signature})`;
    const order = await loadWasmModule(
      watModule(
        `
      (data (i32.const 0) "imcv")
      (func $note (param $at i32) (drop (call $log (i32.const 2) (local.get $at) (i32.const 1))))
      ${noting("_initialize", "(call $note (i32.const 0))")}
      ${noting("main", "(param i32 i32) (result i32) (call $note (i32.const 1)) (i32.const 0)")}
      ${noting("_start", "unreachable")}
      ${noting("proxy_on_context_create", "(param i32 i32) (call $note (i32.const 2))")}
      ${noting("proxy_on_vm_start", "(param i32 i32) (result i32) (call $note (i32.const 3)) (i32.const 1)")}`,
        { imports: commonImports },
      ),
      "m.wasm",
    );
    const { start, lines } = running({}, order);
    new ChainHarness(start);
    expect(lines.map(([, { msg }]) => msg)).toEqual(["i", "m", "c", "v"]);
  });

  it("is told which of its root contexts it is", async () => {
    const telling = await loadWasmModule(
      watModule(
        `
      (data (i32.const 0) "plugin_root_id")
      (func (export "proxy_on_vm_start") (param i32 i32) (result i32)
        (drop (call $property (i32.const 0) (i32.const 14) (i32.const 100) (i32.const 104)))
        (drop (call $log (i32.const 2) (i32.load (i32.const 100)) (i32.load (i32.const 104))))
        (i32.const 1))`,
        {
          imports: `${commonImports} (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))`,
        },
      ),
      "m.wasm",
    );
    const { start, lines } = running({ rootId: "inner" }, telling);
    new ChainHarness(start);
    expect(lines.map(([, { msg }]) => msg)).toEqual(["inner"]);
  });

  it("logs text, without what looks like a secret", () => {
    const { start, lines } = running();
    new ChainHarness(start).get(act("l"));
    expect(lines).toEqual([[LogLevel.Info, { policy: "w", msg: "Bearer [redacted]" }]]);
  });

  it("of another SDK that holds a head holds the body with it, as in Envoy", () => {
    const harness = new ChainHarness(running().start);
    const held = harness.post(act("p"));
    held.send("body", true);
    expect(harness.upstreams.forwards).toEqual([]);
  });

  it("of Sluice's compiler that holds a head gets the body", async () => {
    const own = await loadWasmModule(acting({ sluice: true }), "m.wasm");
    const harness = new ChainHarness(running({}, own).start);
    const held = harness.post(act("p"));
    held.send("body", true);
    expect(harness.upstreams.forwards[0]?.body).toBe("body");
  });

  it.each([
    [2, "proxy_on_request_headers"],
    [7, "proxy_on_request_headers"],
    [4, "proxy_on_request_body"],
    [9, "proxy_on_request_body"],
  ])("that answers %i to %s stops the request", async (action, name) => {
    const strange = await loadWasmModule(
      watModule(`(func (export "${name}") (param i32 i32 i32) (result i32) (i32.const ${action}))`),
      "m.wasm",
    );
    const harness = new ChainHarness(running({}, strange).start);
    const exchange = harness.post();
    exchange.send("body", true);
    expect(harness.upstreams.forwards.map(({ body, ended }) => [body, ended])).toEqual(
      name.endsWith("body") ? [["", false]] : [],
    );
  });

  it("that has no callbacks at all lets everything pass", async () => {
    const empty = await loadWasmModule(watModule(""), "m.wasm");
    const harness = new ChainHarness(running({}, empty).start);
    const exchange = harness.post();
    exchange.send("body");
    exchange.sendTrailers(["t", "1"]);
    exchange.forward.respond(200, [], "answer");
    expect(exchange.forward.trailers).toEqual(["t", "1"]);
    expect(exchange.downstream.body).toBe("answer");
  });

  it("acts on its own exchange, between other policies", () => {
    const seen: string[] = [];
    const harness = new ChainHarness(
      running().start,
      policy("inner", ({ header }) => ({
        onRequestHeaders: () => {
          seen.push(header(0, "x-act") ?? "none");
          return HeadersStatus.Continue;
        },
      })),
    );
    harness.get(act("-")).forward.respond(200);
    expect(seen).toEqual(["-"]);
  });
});
