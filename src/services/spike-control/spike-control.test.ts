import { describe, expect, it } from "vitest";
import { SharedData as HostData } from "../../host/shared/shared-data.js";
import type { ExchangeContext, InstanceContext } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { Random } from "../../testing/random.js";
import { TimerQueue } from "../../timer-queue.js";
import {
  type Admission,
  type Concurrency,
  type ConcurrencyOptions,
  concurrency,
  type SpikeControl,
  type SpikeOptions,
  spikeControl,
} from "./index.js";

/** A process: what its workers share, a clock, and their timers. */
class Process {
  readonly data = new HostData();
  now = 1_700_000_000_000;
  /** Called at each hostcall of a worker, before it acts. */
  meanwhile: () => void = () => undefined;
  readonly timers = new TimerQueue();

  worker(name = "use"): Worker {
    return new Worker(this, name);
  }

  /** Lets time pass, and gives all that waits for promises its turn. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    await settled();
    for (let due = this.timers.due; due !== undefined && due <= end; due = this.timers.due) {
      this.now = Math.max(this.now, due);
      this.timers.take(this.now)?.();
      await settled();
    }
    this.now = end;
    await settled();
  }
}

/** All promises have told those that wait for them. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await Promise.resolve();
  }
}

/** A VM with a use of the policy. */
class Worker {
  /** In the middle of a hostcall: others may act meanwhile, it itself cannot. */
  busy = false;
  private trapped = false;
  private readonly port: object;

  constructor(process: Process, name: string) {
    const calls = {
      getSharedData: (key: string) => {
        this.hostcall(process);
        return process.data.get("", key);
      },
      setSharedData: (key: string, value: Uint8Array, cas: number) => {
        this.hostcall(process);
        return process.data.set("", key, value, cas);
      },
    };
    this.port = {
      instance: { access: { calls, services: {} }, settings: { name, route: "route" } },
      logger: { warn: () => undefined },
      now: () => process.now,
      schedule: (milliseconds: number, run: () => void) =>
        process.timers.add(process.now + milliseconds, () => {
          if (!this.trapped) {
            run();
          }
        }),
    };
  }

  private hostcall(process: Process): void {
    this.busy = true;
    process.meanwhile();
    this.busy = false;
  }

  context(): InstanceContext {
    return { [servicePort]: this.port } as unknown as InstanceContext;
  }

  spikes(options: SpikeOptions): SpikeControl {
    return spikeControl(this.context(), "s", options);
  }

  concurrency(options: ConcurrencyOptions): Concurrency {
    return concurrency(this.context(), "c", options);
  }

  exchange(): Exchange {
    return new Exchange(this.port);
  }

  /** Nothing of it runs any more. */
  trap(): void {
    this.trapped = true;
  }
}

class Exchange {
  readonly context: ExchangeContext;
  over = false;
  private readonly controller = new AbortController();

  constructor(port: object) {
    const own = { ...port, signal: this.controller.signal, exchange: () => (this.over ? undefined : {}) };
    this.context = { [servicePort]: own } as unknown as ExchangeContext;
  }

  leave(): void {
    this.controller.abort("client-gone");
  }
}

/** What has become of it so far. */
function outcomeOf(promise: Promise<Admission>): { now: () => Admission | "gone" | undefined } {
  let outcome: Admission | "gone" | undefined;
  promise.then(
    (admission) => {
      outcome = admission;
    },
    () => {
      outcome = "gone";
    },
  );
  return { now: () => outcome };
}

function answerOf(admission: Admission): unknown {
  const response = admission.admitted ? undefined : admission.response();
  return response && [response.status, response.headerList()];
}

const settings = { requests: 10, period: "1s" } as const;

describe("a spike control", () => {
  it("lets one request go on after the other, in the order in which they came, whichever worker has them", async () => {
    const process = new Process();
    const [a, b] = [process.worker(), process.worker()];
    const [ofA, ofB] = [a.spikes(settings), b.spikes(settings)];
    const order: [string, number][] = [];
    const start = process.now;
    const send = (name: string, worker: Worker, spikes: SpikeControl): void => {
      void spikes.admit(worker.exchange().context).then(() => order.push([name, process.now - start]));
    };
    send("1a", a, ofA);
    send("2b", b, ofB);
    send("3b", b, ofB);
    send("4a", a, ofA);
    await process.advance(50);
    send("5b", b, ofB);
    await process.advance(1_000);
    expect(order).toEqual([
      ["1a", 0],
      ["2b", 100],
      ["3b", 200],
      ["4a", 300],
      ["5b", 400],
    ]);
  });

  it("tells how long a request has waited, and lets a burst go on at once", async () => {
    const process = new Process();
    const worker = process.worker();
    const spikes = worker.spikes({ ...settings, burst: 2 });
    const outcomes = [1, 2, 3].map(() => outcomeOf(spikes.admit(worker.exchange().context)));
    await process.advance(100);
    expect(outcomes.map(({ now }) => now())).toEqual([
      { admitted: true, waited: 0 },
      { admitted: true, waited: 0 },
      { admitted: true, waited: 100 },
    ]);
  });

  it.each<[string, Partial<SpikeOptions>, number, number]>([
    ["as many as may wait wait already", { maxQueue: 2 }, 3, 100],
    ["it would have to wait for too long", { maxWait: 250 }, 3, 50],
    ["none may wait", { maxQueue: 0 }, 1, 100],
  ])("refuses a request at once when %s", async (_, options, admitted, retryAfter) => {
    const process = new Process();
    const [a, b] = [process.worker(), process.worker()];
    const controls = [a.spikes({ ...settings, ...options }), b.spikes({ ...settings, ...options })];
    const outcomes = Array.from({ length: admitted + 1 }, (_each, index) =>
      outcomeOf(controls[index % 2]!.admit(a.exchange().context)),
    );
    await process.advance(0);
    expect(outcomes.at(-1)?.now()).toMatchObject({ admitted: false, retryAfter });
    await process.advance(5_000);
    expect(outcomes.slice(0, -1).map(({ now }) => now())).toEqual(
      Array.from({ length: admitted }, (): unknown => expect.objectContaining({ admitted: true })),
    );
  });

  it("answers those that it refuses 429, with the time after which there is room", async () => {
    const worker = new Process().worker();
    const spikes = worker.spikes({ requests: 1, period: 2_500, maxQueue: 0 });
    await spikes.admit(worker.exchange().context);
    const turn = await spikes.admit(worker.exchange().context);
    expect(answerOf(turn)).toEqual([429, ["content-type", "application/problem+json", "retry-after", "3"]]);
    const never = await spikes.admit(worker.exchange().context, "", 2);
    expect(answerOf(never)).toEqual([429, ["content-type", "application/problem+json"]]);
  });

  it("gives the turn of a client that has left to whoever comes next, if it was the last", async () => {
    const process = new Process();
    const [a, b] = [process.worker(), process.worker()];
    const [ofA, ofB] = [a.spikes(settings), b.spikes(settings)];
    await ofA.admit(a.exchange().context);
    const [second, third] = [a.exchange(), a.exchange()];
    const [, outcome] = [ofA.admit(second.context), outcomeOf(ofA.admit(third.context))];
    third.leave();
    await process.advance(0);
    expect([outcome.now(), process.timers.size]).toEqual(["gone", 1]);
    const next = outcomeOf(ofB.admit(b.exchange().context));
    const last = outcomeOf(ofB.admit(b.exchange().context));
    // Others have come after this one: its turn passes unused, and nobody goes on earlier.
    second.leave();
    await process.advance(300);
    expect([next.now(), last.now()]).toEqual([
      { admitted: true, waited: 200 },
      { admitted: true, waited: 300 },
    ]);
  });

  it("keeps keys apart, and counts a request as several", async () => {
    const process = new Process();
    const worker = process.worker();
    const spikes = worker.spikes({ ...settings, burst: 3 });
    const outcomes = [
      outcomeOf(spikes.admit(worker.exchange().context, "a", 3)),
      outcomeOf(spikes.admit(worker.exchange().context, "b")),
      outcomeOf(spikes.admit(worker.exchange().context, "a", 2)),
    ];
    await process.advance(200);
    expect(outcomes.map(({ now }) => now())).toMatchObject([{ waited: 0 }, { waited: 0 }, { waited: 200 }]);
  });

  it("never lets more go on than the rate, nor one that came later go first, whatever happens", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed);
      const process = new Process();
      const options = {
        requests: 1 + random.below(40),
        period: 1_000,
        burst: 1 + random.below(4),
        maxQueue: random.below(13),
        maxWait: random.below(901),
      };
      const workers = [1, 2, 3].map(() => process.worker());
      const controls = workers.map((worker) => worker.spikes(options));
      const admitted: { arrival: number; at: number }[] = [];
      let waiting = 0;
      let depth = 0;
      let arrivals = 0;
      const arrive = (): void => {
        const worker = random.below(3);
        if (workers[worker]!.busy) {
          return;
        }
        const exchange = workers[worker]!.exchange();
        const arrival = arrivals++;
        waiting++;
        controls[worker]!.admit(exchange.context).then(
          (turn) => {
            waiting--;
            if (turn.admitted) {
              admitted.push({ arrival, at: process.now });
            }
          },
          () => {
            waiting--;
          },
        );
        if (random.once(6)) {
          process.timers.add(process.now + random.below(301), () => {
            exchange.leave();
          });
        }
      };
      // Even seeds: other workers act between the hostcalls of one. Then the order is that of their writes, which nobody sees here.
      const interleaved = seed % 2 === 0;
      process.meanwhile = () => {
        if (interleaved && depth < 2 && random.once(8)) {
          depth++;
          arrive();
          depth--;
        }
      };
      for (let step = 0; step < 120; step++) {
        arrive();
        await process.advance(0);
        expect(waiting).toBeLessThanOrEqual(options.maxQueue + 1);
        await process.advance(random.once(4) ? random.below(201) : 0);
      }
      process.meanwhile = () => undefined;
      await process.advance(2_000);
      expect(waiting).toBe(0);
      const spacing = options.period / options.requests;
      admitted.forEach(({ at }, index) => {
        const earlier = admitted[index - options.burst];
        expect([seed, at - (earlier?.at ?? 0) >= Math.floor(spacing)]).toEqual([seed, true]);
      });
      const order = admitted.map(({ arrival }) => arrival);
      expect(interleaved || order.every((arrival, index) => index === 0 || arrival > order[index - 1]!)).toBe(true);
    }
  });
});

describe("a limit of concurrency", () => {
  it("lets as many be inside as its limit, and the others wait until one has ended, in their order", async () => {
    const process = new Process();
    const worker = process.worker();
    const limit = worker.concurrency({ limit: 2 });
    const exchanges = Array.from({ length: 4 }, () => worker.exchange());
    const outcomes = exchanges.map(({ context }) => outcomeOf(limit.acquire(context)));
    await process.advance(500);
    expect(outcomes.map(({ now }) => now() !== undefined)).toEqual([true, true, false, false]);
    limit.release(exchanges[1]!.context);
    limit.release(exchanges[1]!.context);
    await process.advance(0);
    expect([outcomes[2]?.now(), outcomes[3]?.now()]).toEqual([{ admitted: true, waited: 500 }, undefined]);
  });

  it("counts what all workers let in, and sees what another one has given back", async () => {
    const process = new Process();
    const [a, b] = [process.worker(), process.worker()];
    const [ofA, ofB] = [a.concurrency({ limit: 1 }), b.concurrency({ limit: 1 })];
    const inside = a.exchange();
    await ofA.acquire(inside.context);
    const outcome = outcomeOf(ofB.acquire(b.exchange().context));
    await process.advance(3_000);
    expect(outcome.now()).toBeUndefined();
    ofA.release(inside.context);
    await process.advance(20);
    expect(outcome.now()).toMatchObject({ admitted: true });
  });

  it("answers 503 at once where too many wait over all workers, and after the longest wait", async () => {
    const process = new Process();
    const [a, b] = [process.worker(), process.worker()];
    const options = { limit: 1, maxQueue: 1, maxWait: 1_000 };
    const [ofA, ofB] = [a.concurrency(options), b.concurrency(options)];
    await ofA.acquire(a.exchange().context);
    const waits = outcomeOf(ofA.acquire(a.exchange().context));
    const refused = await ofB.acquire(b.exchange().context);
    expect(answerOf(refused)).toEqual([503, ["content-type", "application/problem+json", "retry-after", "1"]]);
    await process.advance(1_000);
    expect(waits.now()).toMatchObject({ admitted: false });
    expect(outcomeOf(ofB.acquire(b.exchange().context)).now()).toBeUndefined();
  });

  it("gives the place of a client that has left to another", async () => {
    const process = new Process();
    const worker = process.worker();
    const limit = worker.concurrency({ limit: 1, maxQueue: 1 });
    const inside = worker.exchange();
    await limit.acquire(inside.context);
    const leaves = worker.exchange();
    const gone = outcomeOf(limit.acquire(leaves.context));
    leaves.leave();
    const next = outcomeOf(limit.acquire(worker.exchange().context));
    limit.release(inside.context);
    await process.advance(0);
    expect([gone.now(), next.now()]).toEqual(["gone", { admitted: true, waited: 0 }]);
  });

  it("has the permits of a worker that trapped back after 10 seconds, and never those of one that lives", async () => {
    const process = new Process();
    const [a, b, c] = [process.worker(), process.worker(), process.worker()];
    const options = { limit: 2, maxQueue: 0 };
    await a.concurrency(options).acquire(a.exchange().context);
    await b.concurrency(options).acquire(b.exchange().context);
    a.trap();
    const ofC = c.concurrency(options);
    await process.advance(9_999);
    expect((await ofC.acquire(c.exchange().context)).admitted).toBe(false);
    await process.advance(1);
    expect((await ofC.acquire(c.exchange().context)).admitted).toBe(true);
    await process.advance(60_000);
    expect((await ofC.acquire(c.exchange().context)).admitted).toBe(false);
  });

  it("has the permit back of an exchange that is over, though nobody gave it back", async () => {
    const process = new Process();
    const worker = process.worker();
    const limit = worker.concurrency({ limit: 1 });
    const inside = worker.exchange();
    await limit.acquire(inside.context);
    inside.over = true;
    const outcome = outcomeOf(limit.acquire(worker.exchange().context));
    await process.advance(2_000);
    expect(outcome.now()).toMatchObject({ admitted: true });
  });

  it("writes nothing and sets no timer when nobody is inside", async () => {
    const process = new Process();
    const worker = process.worker();
    const limit = worker.concurrency({ limit: 1 });
    const inside = worker.exchange();
    await limit.acquire(inside.context);
    limit.release(inside.context);
    await process.advance(2_000);
    expect(process.timers.size).toBe(0);
  });

  it("never lets more in than its limit, and all that wait in the end, whatever workers do between two hostcalls", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = new Random(seed);
      const process = new Process();
      const options = { limit: 1 + random.below(5), maxQueue: random.below(9), maxWait: 2_000 };
      const start = () => {
        const worker = process.worker();
        return { worker, limit: worker.concurrency(options), inside: [] as Exchange[], open: 0 };
      };
      const workers = [start(), start(), start()];
      let most = 0;
      const count = (): void => {
        most = Math.max(
          most,
          workers.reduce((sum, { inside }) => sum + inside.length, 0),
        );
      };
      const act = (): void => {
        const own = workers[random.below(3)]!;
        if (own.worker.busy) {
          return;
        }
        const leaving = random.once(2) ? own.inside[random.below(own.inside.length)] : undefined;
        if (leaving !== undefined) {
          own.inside.splice(own.inside.indexOf(leaving), 1);
          own.limit.release(leaving.context);
          return;
        }
        const exchange = own.worker.exchange();
        own.open++;
        own.limit.acquire(exchange.context).then(
          ({ admitted }) => {
            own.open--;
            own.inside.push(...(admitted ? [exchange] : []));
            count();
          },
          () => {
            own.open--;
          },
        );
        if (random.once(6)) {
          process.timers.add(process.now + random.below(200), () => {
            exchange.leave();
          });
        }
      };
      let depth = 0;
      process.meanwhile = () => {
        if (depth < 2 && random.once(8)) {
          depth++;
          act();
          depth--;
        }
      };
      for (let step = 0; step < 120; step++) {
        act();
        await process.advance(random.once(3) ? random.below(100) : 0);
        if (random.once(40)) {
          const index = random.below(3);
          workers[index]!.worker.trap();
          workers[index] = start();
        }
      }
      process.meanwhile = () => undefined;
      await process.advance(10_000);
      for (const { limit, inside } of workers) {
        for (const { context } of inside.splice(0)) {
          limit.release(context);
        }
      }
      await process.advance(100);
      const last = start();
      const free = await Promise.all(
        Array.from({ length: options.limit }, () => last.limit.acquire(last.worker.exchange().context)),
      );
      expect([seed, most <= options.limit, free.every(({ admitted }) => admitted)]).toEqual([seed, true, true]);
      expect(workers.map(({ open }) => open)).toEqual([0, 0, 0]);
    }
  });
});

it.each<[SpikeOptions | ConcurrencyOptions, string]>([
  [{ requests: 0, period: 1 }, "spikeControl s: requests: expected a whole number from 1 to 1000000, got 0."],
  [
    { requests: 1, period: 0 },
    'spikeControl s: period: expected milliseconds, or a text such as "250ms", "15s", "2h", above 0, up to a day, got 0.',
  ],
  [{ requests: 1, period: Number.NaN }, "spikeControl s: period: expected"],
  [{ requests: 1, period: 1, burst: 1.5 }, "spikeControl s: burst: expected"],
  [{ requests: 1, period: 1, maxQueue: -1 }, "spikeControl s: maxQueue: expected a whole number from 0 to 1000000"],
  [{ requests: 1, period: 1, maxWait: 25_001 }, "spikeControl s: maxWait: expected milliseconds, or"],
  [{ requests: 1, period: 1, entries: 0 }, "spikeControl s: entries: expected"],
  [{ requests: 1, period: 1, shared: "" }, "spikeControl s: shared: expected a name"],
  [{ limit: 0 }, "concurrency s: limit: expected a whole number from 1"],
  [{ limit: 1, maxWait: Number.POSITIVE_INFINITY }, "concurrency s: maxWait: expected"],
])("refuses %j", (options, message) => {
  const context = new Process().worker().context();
  const make = (): unknown =>
    "limit" in options ? concurrency(context, "s", options) : spikeControl(context, "s", options);
  expect(make).toThrow(expect.objectContaining({ code: "SPIKE_OPTIONS", message: expect.stringContaining(message) }));
});
