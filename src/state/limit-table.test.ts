import { describe, expect, it } from "vitest";
import { SharedData as HostData } from "../host/shared/shared-data.js";
import type { InstancePort } from "../policy/service-port.js";
import { Random } from "../testing/random.js";
import { keyedHash } from "./keyed-hash.js";
import { type LimitTable, type LimitTableOptions, limitTable, TakeMode } from "./limit-table.js";
import type { Algorithm, Tier } from "./tiers.js";

/** A process: what its workers share, and a clock. */
class Process {
  readonly data = new HostData();
  readonly warnings: string[] = [];
  now = 1_700_000_000_000;
  /** Called at each hostcall of a worker, before it acts. */
  meanwhile: () => void = () => undefined;

  /** A new worker's port of the use `name`. */
  port(name = "use"): InstancePort {
    const calls = {
      getSharedData: (key: string) => {
        this.meanwhile();
        return this.data.get("", key);
      },
      setSharedData: (key: string, value: Uint8Array, cas: number) => {
        this.meanwhile();
        return this.data.set("", key, value, cas);
      },
    };
    return {
      instance: { access: { calls, services: {} }, settings: { name, route: "route" } },
      logger: { warn: (line: string) => this.warnings.push(line) },
      now: () => this.now,
    } as unknown as InstancePort;
  }

  table(options: LimitTableOptions, name = "use"): LimitTable {
    return limitTable(this.port(name), "t", options);
  }
}

const fixed = (limit: number, milliseconds = 1_000): Tier => ({ algorithm: "fixed", limit, milliseconds });

it("hashes as HalfSipHash-2-4 does", () => {
  const key = { low: 0x03020100, high: 0x07060504 };
  const hashOf = (length: number): string =>
    keyedHash(
      Uint8Array.from({ length }, (_, index) => index),
      key,
    )
      .map((word) => word.toString(16).padStart(8, "0"))
      .join(" ");
  // The first of the reference's vectors of 64 bits, in words.
  expect(hashOf(0)).toBe("591f8d21 c83cb8b9");
  expect(new Set(Array.from({ length: 100 }, (_, length) => hashOf(length))).size).toBe(100);
});

describe("a table of limits", () => {
  it("allows the limit in a window that begins with the first use, over all workers", () => {
    const process = new Process();
    const workers = [process.table({ tiers: [fixed(3)] }), process.table({ tiers: [fixed(3)] })];
    const take = (worker: number): boolean => workers[worker]!.take("ada");
    process.now += 300;
    expect([take(0), take(1), take(0)]).toEqual([true, true, true]);
    process.now += 999;
    expect([take(1), workers[1]!.remaining(0), workers[1]!.resetAfter(0), workers[1]!.retryAfter(0)]).toEqual([
      false,
      0,
      1,
      1,
    ]);
    process.now += 1;
    expect([take(1), workers[1]!.remaining(0), workers[1]!.resetAfter(0), workers[1]!.retryAfter(0)]).toEqual([
      true,
      2,
      1_000,
      0,
    ]);
  });

  it("has windows that all begin at the same time, too", () => {
    const process = new Process();
    const table = process.table({ tiers: [{ algorithm: "aligned", limit: 1, milliseconds: 60_000 }] });
    process.now = 60_000 * 28_333_333 + 59_000;
    expect([table.take("a"), table.take("a"), table.retryAfter(0)]).toEqual([true, false, 1_000]);
    process.now += 1_000;
    expect(table.take("a")).toBe(true);
  });

  it("weighs the window before by how much of it would still count", () => {
    const process = new Process();
    const table = process.table({ tiers: [{ algorithm: "sliding", limit: 10, milliseconds: 1_000 }] });
    process.now = 1_000 * 1_000_000 + 999;
    expect(table.take("a", 10)).toBe(true);
    process.now += 501;
    expect([table.take("a", 6), table.take("a", 5), table.remaining(0)]).toEqual([false, true, 0]);
    expect([table.take("a"), table.retryAfter(0)]).toEqual([false, 100]);
    process.now += 100;
    expect(table.take("a")).toBe(true);
  });

  it("gives a bucket's units back one by one", () => {
    const process = new Process();
    const table = process.table({ tiers: [{ algorithm: "gcra", limit: 3, milliseconds: 100 }] });
    expect([table.take("a", 3), table.take("a"), table.retryAfter(0)]).toEqual([true, false, 100]);
    process.now += 250;
    expect([table.take("a", 2), table.remaining(0), table.take("a"), table.retryAfter(0)]).toEqual([
      true,
      0,
      false,
      50,
    ]);
    expect([table.take("a", 4), table.retryAfter(0)]).toEqual([false, Number.POSITIVE_INFINITY]);
  });

  it("has those wait in turn whose units are not there yet, and gives a turn back only if it was the last", () => {
    const process = new Process();
    const table = process.table({ tiers: [{ algorithm: "gcra", limit: 1, milliseconds: 100, wait: 200 }] });
    const turns = [0, 1, 2, 3].map(() => [table.take("a"), table.retryAfter(0)]);
    expect(turns).toEqual([
      [true, 0],
      [true, 100],
      [true, 200],
      [false, 100],
    ]);
    const last = table.at + table.resetAfter(0);
    table.take("a", 1, TakeMode.Refund, last - 100);
    expect(table.resetAfter(0)).toBe(300);
    table.take("a", 1, TakeMode.Refund, last);
    expect([table.resetAfter(0), table.take("a"), table.retryAfter(0)]).toEqual([200, true, 200]);
  });

  it("takes from all tiers or from none", () => {
    const process = new Process();
    const table = process.table({ tiers: [fixed(2, 1_000), fixed(3, 10_000)] });
    expect([table.take("a", 2), table.take("a"), table.remaining(1)]).toEqual([true, false, 1]);
    process.now += 1_000;
    expect([table.take("a", 2), table.remaining(0), table.take("a"), table.remaining(1)]).toEqual([false, 2, true, 0]);
  });

  it("can count what it refuses, tell without counting, and give back what still counts", () => {
    const process = new Process();
    const table = process.table({ tiers: [fixed(3)] });
    expect([table.take("a", 1, TakeMode.Peek), table.remaining(0)]).toEqual([true, 3]);
    expect([table.take("a", 5, TakeMode.CountAll), table.take("a", 1, TakeMode.Peek)]).toEqual([false, false]);
    table.take("a", 3, TakeMode.Refund, process.now);
    expect([table.remaining(0), table.take("a")]).toEqual([1, true]);
    const before = process.now;
    process.now += 1_000;
    table.take("a");
    table.take("a", 1, TakeMode.Refund, before);
    expect(table.remaining(0)).toBe(2);
    table.take("nobody", 1, TakeMode.Refund, process.now);
    expect(table.take("nobody", 3)).toBe(true);
  });

  it("goes on with what is counted under another limit, and keeps the size that it was made with", () => {
    const process = new Process();
    process.table({ tiers: [fixed(3)], entries: 80 }).take("a", 3);
    const raised = process.table({ tiers: [fixed(5)], entries: 800 });
    expect([raised.take("a", 2), raised.take("a")]).toEqual([true, false]);
    expect(process.warnings).toEqual([expect.stringMatching(/^STATE_SIZE: the table t has 80 entries/)]);
  });

  it("is its use's own, or that of all that give the shared name", () => {
    const process = new Process();
    const take = (name: string, shared?: string): boolean =>
      process.table({ tiers: [fixed(1)], shared }, name).take("a");
    expect([take("x"), take("y"), take("x")]).toEqual([true, true, false]);
    expect([take("x", "common"), take("y", "common")]).toEqual([true, false]);
  });

  it.each<[string, Partial<LimitTableOptions>]>([
    ["tiers: expected 1 to 8", { tiers: [] }],
    ["entries: expected a whole number", { entries: 0 }],
    ["entries: expected a whole number", { entries: 2 ** 21 }],
    ["tiers[0].limit", { tiers: [fixed(0)] }],
    ["tiers[0].limit", { tiers: [fixed(1.5)] }],
    ["tiers[0].milliseconds", { tiers: [fixed(1, 0)] }],
    ["tiers[0].milliseconds", { tiers: [fixed(1, Number.NaN)] }],
    ["tiers[1].wait", { tiers: [fixed(1), { algorithm: "gcra", limit: 1, milliseconds: 1, wait: -1 }] }],
    ["tiers[0].algorithm", { tiers: [{ algorithm: "leaky" as Algorithm, limit: 1, milliseconds: 1 }] }],
  ])("is refused with %s", (message, options) => {
    expect(() => new Process().table({ tiers: [fixed(1)], ...options })).toThrow(
      expect.objectContaining({ code: "LIMIT_TABLE", message: expect.stringContaining(message) as string }),
    );
  });

  it("refuses to be where the host keeps nothing", () => {
    const port = new Process().port() as unknown as { instance: { access: { calls: object } } };
    port.instance.access.calls = { getSharedData: () => undefined, setSharedData: () => 12 };
    expect(() => limitTable(port as unknown as InstancePort, "t", { tiers: [fixed(1)] })).toThrow(
      expect.objectContaining({ code: "STATE_UNAVAILABLE" }),
    );
  });

  it("makes no key after it was made, whatever comes", () => {
    const process = new Process();
    const table = process.table({ tiers: [fixed(3)], entries: 100 });
    const keys = new Set<string>();
    const { set } = process.data;
    process.data.set = function (this: HostData, ...given) {
      keys.add(given[1]);
      return set.apply(this, given);
    };
    const again = process.table({ tiers: [fixed(3)], entries: 100 });
    expect([...keys]).toEqual([]);
    for (let index = 0; index < 5_000; index++) {
      table.take(`invented ${index}`);
      again.take(`invented too ${index}`);
    }
    expect(keys.size).toBeLessThanOrEqual(13);
  });
});

/** Keys that workers make while others make them, too, and count already: at each hostcall another one may go first. */
it("is made once by any number of workers, and none of them loses what another one has counted", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = new Random(seed);
    const process = new Process();
    let depth = 0;
    let allowed = 0;
    const worker = (): void => {
      const table = process.table({ tiers: [fixed(5)], entries: 16 });
      for (let index = 0; index < 3; index++) {
        // Another worker may count meanwhile.
        const mine = table.take("a") ? 1 : 0;
        allowed += mine;
      }
    };
    process.meanwhile = () => {
      if (depth < 4 && random.once(6)) {
        depth += 1;
        worker();
        depth -= 1;
      }
    };
    worker();
    process.meanwhile = () => undefined;
    worker();
    worker();
    expect([seed, allowed]).toEqual([seed, 5]);
  }
});

describe.each<Algorithm>(["fixed", "aligned", "sliding", "gcra"])(
  "a table of %s limits under random schedules",
  (algorithm) => {
    it("never allows too much to anybody, whatever keys there are, however workers meet and trap", () => {
      for (let seed = 1; seed <= 60; seed++) {
        const random = new Random(seed);
        const process = new Process();
        const limit = 1 + random.below(5);
        const period = 100;
        const tiers: Tier[] = [
          { algorithm, limit, milliseconds: algorithm === "gcra" ? period / limit : period },
          { algorithm: "fixed", limit: 3 * limit, milliseconds: 10 * period },
        ];
        const options = { tiers, entries: 8 + random.below(30) };
        const workers = [0, 1, 2].map(() => process.table(options));
        const taken = new Map<string, number[]>();
        let depth = 0;
        const act = (): void => {
          const key = random.once(2) ? `limited ${random.below(3)}` : `invented ${random.below(2_000)}`;
          const table = workers[random.below(3)]!;
          const amount = 1 + random.below(2);
          // Its decision is made of several hostcalls: what the table says of it is read by who made it.
          if (table.take(key, amount)) {
            const times = taken.get(key) ?? [];
            taken.set(key, times);
            times.push(...Array<number>(amount).fill(process.now));
          }
        };
        process.meanwhile = () => {
          if (depth === 0 && random.once(5)) {
            depth = 1;
            try {
              act();
              if (random.once(20)) {
                throw new Error("trap");
              }
            } finally {
              depth = 0;
            }
          }
        };
        for (let step = 0; step < 400; step++) {
          process.now += random.below(12);
          try {
            act();
          } catch (error) {
            expect((error as Error).message).toBe("trap");
          }
        }
        for (const [key, times] of taken) {
          expect([seed, key, mostIn(algorithm, times, period, limit)]).toEqual([seed, key, true]);
        }
      }
    });
  },
);

/** Whether those times can be what a tier has allowed. */
function mostIn(algorithm: Algorithm, times: readonly number[], period: number, limit: number): boolean {
  if (algorithm === "aligned") {
    const counts = new Map<number, number>();
    return times.every((time) => {
      const window = Math.floor(time / period);
      counts.set(window, (counts.get(window) ?? 0) + 1);
      return (counts.get(window) ?? 0) <= limit;
    });
  }
  if (algorithm === "sliding") {
    // The window before counts by the part of it that the last period still covers.
    const counts = new Map<number, number>();
    return times.every((time) => {
      const window = Math.floor(time / period);
      const count = (counts.get(window) ?? 0) + 1;
      counts.set(window, count);
      return count + (counts.get(window - 1) ?? 0) * (1 - (time % period) / period) <= limit + 1e-6;
    });
  }
  if (algorithm === "gcra") {
    // In any span of time no more than the burst and what has come back.
    return times.every((from, index) =>
      times.slice(index).every((to, more) => more + 1 <= limit + ((to - from) * limit) / period + 1e-6),
    );
  }
  // A window begins with a use, and whoever had to go begins another one with what is counted: between two that begin at zero there is a period.
  return times.every((from, index) =>
    times.slice(index).every((to, more) => more + 1 <= limit * (Math.floor((to - from) / period) + 2)),
  );
}

it("never allows a client more for keys that it invents, in a table that is too small for them", () => {
  const process = new Process();
  const table = process.table({ tiers: [fixed(5, 60_000)], entries: 64 });
  const allowed = Array.from({ length: 30 }, (_, round) => {
    for (let index = 0; index < 200; index++) {
      table.take(`invented ${round} ${index}`);
    }
    return table.take("limited");
  }).filter(Boolean);
  expect(allowed.length).toBeLessThanOrEqual(5);
  expect([table.take("somebody new"), table.early]).toEqual([false, true]);
  expect([table.take("somebody new", 1, TakeMode.Admit), table.early]).toEqual([true, false]);
  process.now += 60_000;
  expect(table.take("somebody new")).toBe(true);
});
