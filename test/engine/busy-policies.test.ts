/**
 * Code that loops on promises, and that nobody awaits, is ended wherever it is: its exchange is answered at once, and no other exchange
 * of the VM notices. Each round cuts at another point, the same one in each run; `SLUICE_CUTS=1000 npx vitest run …` tries more of them.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compilePolicy } from "../../src/compiler/build-module.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const file = fileURLToPath(new URL("./policies/busy.ts", import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const ROOT = 1;
const CONTINUE = 0;
const MILLISECOND = 1_000_000n;
/** How far the clock goes on when it is read: so that the limit is near at once, or that even what runs on comes to an end. */
const JUMP = 5n * MILLISECOND;
const CREEP = MILLISECOND / 100n;
const rounds = Number(process.env["SLUICE_CUTS"] ?? 98);
const loops = ["async function", "then", "queueMicrotask", "timers", "finally", "thenable", "shared"];
const waits = ["sleep", "sleep", "call", "body", "stream", "shared", "shared"];

let wasm: Uint8Array;
beforeAll(async () => {
  ({ wasm } = await compilePolicy(file, { cacheDir }));
}, 300_000);

/** A VM in which exchanges are under way; its clock goes on by `speed` each time that it is read. */
class Vm {
  readonly host: ModuleHost;
  speed = CREEP;
  #time = 1000n * MILLISECOND;
  #lastId = 100;
  #running = ROOT;

  constructor(host: ModuleHost) {
    this.host = host;
    host.clock = () => (this.#time += this.speed);
    host.requestId = () => `request ${host.effectiveContext ?? this.#running}`;
    host.buffer = Buffer.from(JSON.stringify({ config: {}, sluice: { name: "busy" } }));
    this.call("proxy_on_vm_start", ROOT, 0);
    expect(this.call("proxy_on_configure", ROOT, host.buffer.length)).toBe(1);
  }

  call(callback: string, context: number, ...args: number[]): number {
    this.host.effectiveContext = undefined;
    this.#running = context;
    return this.host.exports[callback]!(context, ...args);
  }

  advance(milliseconds: bigint): void {
    this.#time += milliseconds * MILLISECOND;
  }

  /** Begins an exchange, whose request has a body that is still to come. */
  begin(headers: Record<string, string>): { id: number; answer: number } {
    const id = ++this.#lastId;
    this.host.headers = [[":method", "POST"], [":path", "/"], ...Object.entries(headers)];
    this.call("proxy_on_context_create", id, ROOT);
    return { id, answer: this.call("proxy_on_request_headers", id, this.host.headers.length, 0) };
  }

  /** The exchanges that were let go on, and those that were answered, with what; since the last time. */
  outcomes(): { continued: number[]; answered: [id: number, status: unknown][] } {
    const continued: number[] = [];
    const answered: [number, unknown][] = [];
    let effective = this.#running;
    for (const { name, args } of this.host.calls.splice(0)) {
      if (name === "proxy_set_effective_context") {
        effective = Number(args[0]);
      } else if (name === "proxy_continue_stream") {
        continued.push(effective);
      } else if (name === "proxy_send_local_response") {
        answered.push([effective, args[0]]);
      }
    }
    return { continued, answered };
  }
}

it("at many points of its code, in its own event and in one in which others go on", {
  timeout: 60_000 + rounds * 400,
}, async () => {
  const vm = new Vm(await startModule(wasm));
  const { host } = vm;
  for (let round = 0; round < rounds; round++) {
    const loop = loops[round % loops.length] as string;
    const later = round % 2 === 1;
    const others = waits.map((wait) => ({ wait, ...vm.begin({ "x-wait": wait }) }));
    const token = host.httpCalls.at(-1)!;
    const own = { "x-loop": loop, "x-wait": "sleep", "x-burn": String((round * 3571) % 10_000) };
    host.calls.length = 0;

    if (!later) {
      vm.speed = JUMP;
    }
    const culprit = vm.begin(later ? { ...own, "x-later": "1" } : own);
    const atOnce = vm.outcomes();
    // All that others still wait for comes now: the clock, a call's reply, the rest of their bodies.
    vm.speed = later ? JUMP : CREEP;
    vm.advance(60n);
    vm.call("proxy_on_tick", ROOT);
    const inTick = vm.outcomes();
    vm.speed = CREEP;
    vm.call("proxy_on_tick", ROOT);
    const next = vm.outcomes();
    const waker = vm.begin({ "x-loop": "wake" });
    host.headers = [[":status", "200"]];
    vm.call("proxy_on_http_call_response", ROOT, token, 1, 0, 0);
    const afterCall = vm.outcomes();
    host.buffer = Buffer.from("body");
    const bodies = others
      .filter(({ wait }) => wait === "body" || wait === "stream")
      .map(({ id }) => [id, vm.call("proxy_on_request_body", id, 4, 1)] as const);
    vm.advance(60n);
    vm.call("proxy_on_tick", ROOT);
    const atEnd = vm.outcomes();

    const all = [atOnce, inTick, next, afterCall, atEnd];
    const continued = new Set([
      ...all.flatMap((outcomes) => outcomes.continued),
      ...bodies.filter(([, answer]) => answer === CONTINUE).map(([id]) => id),
    ]);
    const what = `round ${round}: ${loop}${later ? ", later" : ""}`;
    expect(
      all.flatMap(({ answered }) => answered),
      what,
    ).toEqual([[culprit.id, 500]]);
    expect((later ? inTick : atOnce).answered.length, what).toBe(1);
    expect(
      others.filter(({ id }) => !continued.has(id)),
      what,
    ).toEqual([]);
    expect(continued.has(culprit.id), what).toBe(false);
    expect(
      host.log.map((line) => JSON.parse(line) as Record<string, unknown>),
      what,
    ).toEqual([
      expect.objectContaining({
        policy: "busy",
        request: `request ${culprit.id}`,
        msg: "FILTER_LOOP: the request filter ran longer than 100 ms without a pause.",
      }),
    ]);
    host.log.length = 0;
    for (const { id } of [...others, culprit, waker]) {
      vm.call("proxy_on_done", id);
    }
    host.calls.length = 0;
  }
});
