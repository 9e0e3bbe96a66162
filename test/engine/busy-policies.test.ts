/**
 * Code that loops on promises, and that nobody awaits, is ended wherever it is: its exchange is answered at once, and no other exchange
 * of the VM notices. Each round cuts at another point, the same one in each run; `SLUICE_CUTS=1000 npx vitest run …` tries more of them.
 */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { compileModule, compilePolicy } from "../../src/compiler/build-module.js";
import { Random } from "../engines-fuzz/random.js";
import { type ModuleHost, startModule } from "../support/module-host.js";

const fileOf = (name: string): string => fileURLToPath(new URL(`./policies/${name}.ts`, import.meta.url));
const cacheDir = fileURLToPath(new URL("../../.cache/", import.meta.url));
const ROOT = 1;
const CONTINUE = 0;
const MILLISECOND = 1_000_000n;
/** How far the clock goes on when it is read: so that the limit is near at once, or that even what runs on comes to an end. */
const JUMP = 5n * MILLISECOND;
const CREEP = MILLISECOND / 100n;
const rounds = Number(process.env["SLUICE_CUTS"] ?? 98);
const roundsOfSeveral = Number(process.env["SLUICE_CUTS"] ?? 28);
const loops = ["async function", "then", "queueMicrotask", "timers", "finally", "thenable", "shared"];
const waits = ["sleep", "sleep", "call", "body", "stream", "shared", "shared"];

/** A list of uses: two of one policy, and one of another with the same code. */
const uses = [
  { policy: "busy", use: "-first" },
  { policy: "busy-too", use: "-second" },
  { policy: "busy", use: "-third" },
];

let wasm: Uint8Array;
let wasmOfSeveral: Uint8Array;
beforeAll(async () => {
  ({ wasm } = await compilePolicy(fileOf("busy"), { cacheDir }));
  const policies = ["busy", "busy-too"].map((name) => ({ name, file: fileOf(name) }));
  ({ wasm: wasmOfSeveral } = await compileModule(policies, { cacheDir }));
}, 300_000);

/** A VM in which exchanges are under way; its clock goes on by `speed` each time that it is read. */
class Vm {
  readonly host: ModuleHost;
  /** Of each exchange: a policy reads them when those before it have let the request go. And of a call's reply. */
  readonly #headers = new Map<number, [name: string, value: string][]>([[ROOT, [[":status", "200"]]]]);
  speed = CREEP;
  #time = 1000n * MILLISECOND;
  #lastId = 100;
  #running = ROOT;

  constructor(host: ModuleHost, configuration: unknown) {
    this.host = host;
    host.clock = () => (this.#time += this.speed);
    const context = (): number => host.effectiveContext ?? this.#running;
    host.requestId = () => `request ${context()}`;
    host.headersNow = () => this.#headers.get(context()) ?? [];
    host.buffer = Buffer.from(JSON.stringify(configuration));
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
    const all: [string, string][] = [[":method", "POST"], [":path", "/"], ...Object.entries(headers)];
    this.#headers.set(id, all);
    this.call("proxy_on_context_create", id, ROOT);
    return { id, answer: this.call("proxy_on_request_headers", id, all.length, 0) };
  }

  end(id: number): void {
    this.call("proxy_on_done", id);
    this.#headers.delete(id);
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

/** What one round has in it. `use`: which of several policies; the empty one where there is one only. */
interface Round {
  number: number;
  loop: string;
  /** It loops in an event in which others go on. */
  later: boolean;
  burn: number;
  use: string;
  waits: { wait: string; use: string }[];
}

function cut(vm: Vm, { number, loop, later, burn, use, waits }: Round): void {
  const { host } = vm;
  const others = waits.map((each) => ({ ...each, ...vm.begin({ [`x-wait${each.use}`]: each.wait }) }));
  const token = host.httpCalls.at(-1)!;
  const own = { [`x-loop${use}`]: loop, [`x-wait${use}`]: "sleep", [`x-burn${use}`]: String(burn) };
  host.calls.length = 0;

  if (!later) {
    vm.speed = JUMP;
  }
  const culprit = vm.begin(later ? { ...own, [`x-later${use}`]: "1" } : own);
  const atOnce = vm.outcomes();
  // All that others still wait for comes now: the clock, a call's reply, the rest of their bodies.
  vm.speed = later ? JUMP : CREEP;
  vm.advance(60n);
  vm.call("proxy_on_tick", ROOT);
  const inTick = vm.outcomes();
  vm.speed = CREEP;
  vm.call("proxy_on_tick", ROOT);
  const next = vm.outcomes();
  const wakers = [...new Set(waits.map((each) => each.use))].map((name) => vm.begin({ [`x-loop${name}`]: "wake" }));
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
  const what = `round ${number}: ${loop}${use}${later ? ", later" : ""}`;
  const answered = all.flatMap((outcomes) => outcomes.answered);
  expect(answered, what).toEqual([[culprit.id, 500]]);
  expect((later ? inTick : atOnce).answered, what).toHaveLength(1);
  expect(
    others.filter(({ id }) => !continued.has(id)),
    what,
  ).toEqual([]);
  expect(continued.has(culprit.id), what).toBe(false);
  const lines = host.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines, what).toMatchObject([
    {
      policy: `busy${use}`,
      request: `request ${culprit.id}`,
      msg: "FILTER_LOOP: the request filter ran longer than 100 ms without a pause.",
    },
  ]);
  host.log.length = 0;
  for (const { id } of [...others, culprit, ...wakers]) {
    vm.end(id);
  }
  host.calls.length = 0;
}

it("at many points of its code, in its own event and in one in which others go on", {
  timeout: 60_000 + rounds * 400,
}, async () => {
  const vm = new Vm(await startModule(wasm), { config: {}, sluice: { name: "busy" } });
  for (let number = 0; number < rounds; number++) {
    cut(vm, {
      number,
      loop: loops[number % loops.length] as string,
      later: number % 2 === 1,
      burn: (number * 3571) % 10_000,
      use: "",
      waits: waits.map((wait) => ({ wait, use: "" })),
    });
  }
});

it("at random points of several policies of a module, while others wait in any of them", {
  timeout: 60_000 + roundsOfSeveral * 400,
}, async () => {
  const vm = new Vm(await startModule(wasmOfSeveral), {
    sluice: {
      uses: uses.map(({ policy, use }) => ({ policy, config: { use }, sluice: { name: `busy${use}` } })),
    },
  });
  const names = uses.map(({ use }) => use);
  for (let number = 0; number < roundsOfSeveral; number++) {
    const random = new Random(number, "cuts");
    cut(vm, {
      number,
      loop: random.pick([...loops, "filter"]),
      later: random.chance(50),
      burn: random.int(10_000),
      use: random.pick(names),
      waits: waits.map((wait) => ({ wait, use: random.pick(names) })),
    });
  }
});
