import { describe, expect, it } from "vitest";
import { Status } from "../../abi/constants.js";
import { SharedData as HostData } from "../../host/shared/shared-data.js";
import type { Response } from "../../policy/response.js";
import type { InstanceContext } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { Random } from "../../testing/random.js";
import {
  clientAddress,
  type LimitKey,
  type RateLimiter,
  type RateLimitOptions,
  type RateLimitResult,
  rateLimit,
  type TierOptions,
} from "./index.js";

/** A process: what its workers share, what operators see, and a clock. */
class Process {
  readonly data = new HostData();
  readonly logged: unknown[] = [];
  readonly counts = new Map<string, number>();
  now = 1_700_000_000_000;
  /** Called at each hostcall of a worker, before it acts. */
  meanwhile: () => void = () => undefined;

  /** The context of a new worker. */
  context(): InstanceContext {
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
    const names: string[] = [];
    const host = {
      setProperty: () => Status.NotFound,
      defineMetric: (_type: number, name: string) => {
        this.counts.set(name, this.counts.get(name) ?? 0);
        return names.push(name);
      },
      incrementMetric: (id: number, by: number) => {
        const name = names[id - 1]!;
        this.counts.set(name, this.counts.get(name)! + by);
        return 0;
      },
    };
    const log = (line: string, fields?: object): number => this.logged.push(line, fields);
    const port = {
      policy: "use",
      host,
      instance: { access: { calls, services: {} }, settings: { name: "use", route: "route" } },
      logger: { warn: log, info: log },
      now: () => this.now,
    };
    return { [servicePort]: port } as unknown as InstanceContext;
  }

  /** That of a new worker. */
  limiter(tiers: readonly TierOptions[], options: Omit<RateLimitOptions, "tiers"> = {}): RateLimiter {
    return rateLimit(this.context(), "default", { tiers, ...options });
  }
}

const window = (limit: number, period: string | number = "1m"): TierOptions => ({ limit, period });

const allowed = async (limiter: RateLimiter, key: LimitKey = "a", amount?: number): Promise<boolean> =>
  (await limiter.take(key, amount)).allowed;

const bodyOf = (response: Response): unknown => JSON.parse(new TextDecoder().decode(response.bodyBytes())) as unknown;

describe("a limiter", () => {
  it("allows the limit in a period, over all workers", async () => {
    const process = new Process();
    const workers = [process.limiter([window(2)]), process.limiter([window(2)])];
    expect([await allowed(workers[0]!), await allowed(workers[1]!), await allowed(workers[0]!)]).toEqual([
      true,
      true,
      false,
    ]);
    process.now += 60_000;
    expect(await allowed(workers[1]!)).toBe(true);
  });

  it("has windows from the first use, windows that all begin at once, sliding ones, and buckets", async () => {
    const process = new Process();
    // Ten seconds before a full minute.
    process.now = 60_000 * 28_333_333 + 50_000;
    const limiters = [
      process.limiter([window(60)]),
      process.limiter([{ ...window(60), aligned: true }]),
      process.limiter([{ ...window(60), algorithm: "sliding-window" }]),
      process.limiter([{ ...window(60), algorithm: "token-bucket" }]),
      process.limiter([{ ...window(60), algorithm: "token-bucket", burst: 5 }], { shared: "another" }),
    ];
    const after = await Promise.all(
      limiters.map(async (limiter) => {
        const full = await limiter.peek("a", 61);
        const taken = full.tiers[0]!.limit;
        const last = await limiter.take("a", taken).then(() => limiter.take("a"));
        return [taken, full.retryAfter, last.allowed, Math.round(last.retryAfter!)];
      }),
    );
    expect(after).toEqual([
      [60, undefined, false, 60_000],
      [60, undefined, false, 10_000],
      [60, undefined, false, 11_000],
      [60, undefined, false, 1_000],
      [5, undefined, false, 1_000],
    ]);
  });

  it("takes from all tiers or from none, and tells of each", async () => {
    const limiter = new Process().limiter([window(2, "1s"), window(3, "1h")]);
    expect([await allowed(limiter, "a", 2), await allowed(limiter)]).toEqual([true, false]);
    expect((await limiter.peek("a")).tiers).toEqual([
      { name: "default-1s", limit: 2, remaining: 0, resetAfter: 1_000, exceeded: true },
      { name: "default-1h", limit: 3, remaining: 1, resetAfter: 3_600_000, exceeded: false },
    ]);
    expect((await limiter.peek("a")).remaining).toBe(0);
  });

  it("can count what it refuses", async () => {
    const process = new Process();
    const limiter = process.limiter([window(2, "1s"), window(3, "1h")], { countRefused: true });
    expect([await allowed(limiter, "a", 2), await allowed(limiter)]).toEqual([true, false]);
    process.now += 1_000;
    expect(await allowed(limiter)).toBe(false);
  });

  it("charges beyond the limit, and nothing for nothing", async () => {
    const process = new Process();
    const limiter = process.limiter([window(100)]);
    expect([(await limiter.charge("a", 0)).remaining, (await limiter.charge("a", 70)).allowed]).toEqual([100, true]);
    expect(await limiter.charge("a", 70)).toMatchObject({ allowed: false, remaining: 0 });
    expect((await limiter.peek("a")).allowed).toBe(false);
    process.now += 60_000;
    expect((await limiter.peek("a")).remaining).toBe(100);
  });

  it.each<[string, Partial<TierOptions>]>([
    ["windows", {}],
    ["sliding windows", { algorithm: "sliding-window" }],
    ["buckets", { algorithm: "token-bucket" }],
  ])("gives back what it has counted in %s, once, and nothing else", async (_, tier) => {
    const process = new Process();
    const limiter = process.limiter([{ ...window(3), ...tier }]);
    const taken = await limiter.take("a", 2);
    const refused = await limiter.take("a", 2);
    await limiter.refund(refused);
    await limiter.refund(await limiter.peek("a"));
    expect((await limiter.peek("a")).remaining).toBe(1);
    await limiter.refund(taken);
    await limiter.refund(taken);
    expect((await limiter.peek("a")).remaining).toBe(3);
    await limiter.take("a", 3);
    await limiter.refund(taken);
    expect((await limiter.peek("a")).remaining).toBe(0);
    const old = await limiter.take("b");
    process.now += 180_000;
    await limiter.take("b", 3);
    await limiter.refund(old);
    expect((await limiter.peek("b")).remaining).toBe(0);
  });

  it("gives back in windows and buckets beside each other", async () => {
    const process = new Process();
    const limiter = process.limiter([window(3, "1h"), { limit: 3, period: "3s", algorithm: "token-bucket" }]);
    const taken = await limiter.take("a", 2);
    process.now += 500;
    await limiter.refund(taken);
    expect((await limiter.peek("a")).tiers.map(({ remaining }) => remaining)).toEqual([3, 3]);
  });

  it("gives results that stay what they were, whatever is decided and given back later", async () => {
    const process = new Process();
    const limiter = process.limiter([window(3), { ...window(5, "1h"), algorithm: "token-bucket" }]);
    const first = await limiter.take("a");
    const seen = (): unknown => [first.allowed, first.exceeded, first.remaining, first.retryAfter, first.tiers];
    const before = seen();
    const refused = await limiter.take("a", 3);
    await limiter.take("b", 2);
    process.now += 30_000;
    await limiter.refund(first);
    expect(seen()).toEqual(before);
    expect([refused.allowed, refused.remaining, refused.refuse().status]).toEqual([false, 2, 429]);
  });

  it("gives back nothing of a charge that was not counted, since others were faster each time", async () => {
    const process = new Process();
    const limiter = process.limiter([window(10)]);
    let others = 0;
    process.meanwhile = () => {
      // Every bucket is written anew before each write.
      for (let bucket = 0; bucket < 8_192 && others < 130; bucket++) {
        const key = `sluice/use/5:route/3:use/table/7:default/limits-1-0/${bucket}`;
        const found = process.data.get("", key);
        if (found !== undefined) {
          process.data.set("", key, found[0], 0);
        }
      }
      others += 1;
    };
    const charged = await limiter.charge("a", 4);
    process.meanwhile = () => undefined;
    expect([others, charged.allowed]).toEqual([128, false]);
    await limiter.charge("a", 5);
    await limiter.refund(charged);
    expect((await limiter.peek("a")).remaining).toBe(5);
  });

  it("refuses what another limiter gave to be given back", async () => {
    const process = new Process();
    const result = await process.limiter([window(3)]).take("a");
    expect(() => process.limiter([window(3)]).refund(result)).toThrow(
      expect.objectContaining({ code: "RATE_LIMIT_OPTIONS", message: expect.stringContaining("refund()") as string }),
    );
  });

  it("counts and logs in the mode report, without the key, and lets pass", async () => {
    const process = new Process();
    const limiter = process.limiter([window(1)], { mode: "report" });
    const results = [await limiter.take("secret"), await limiter.take("secret")];
    expect(results.map(({ allowed, exceeded }) => [allowed, exceeded])).toEqual([
      [true, false],
      [true, true],
    ]);
    expect(process.counts.get("rate_limit_reported;policy=use;limit=default")).toBe(1);
    expect(process.logged).toEqual([expect.stringContaining("let pass"), { limit: "default", tiers: ["default"] }]);
    expect(JSON.stringify([process.logged, results, limiter])).not.toContain("secret");
    const fields = new Map<string, string>();
    results[0]!.addTo({
      set: (name, value) => fields.set(name, value),
      append: (name, value) => fields.set(name, value),
    });
    expect([...fields]).toEqual([]);
  });

  it("counts what it refuses, and whom early", async () => {
    const process = new Process();
    const limiter = process.limiter([window(1)], { entries: 8 });
    for (let index = 0; index < 40; index++) {
      await limiter.take(`invented ${index}`);
    }
    const [refused, early] = [..."refused early_refusals".split(" ")].map(
      (name) => process.counts.get(`rate_limit_${name};policy=use;limit=default`)!,
    );
    expect([refused, early]).toEqual([23, 23]);
    await limiter.take("invented 39");
    expect(process.counts.get("rate_limit_refused;policy=use;limit=default")).toBe(24);
  });

  it("begins with nothing where it is full, if it is to admit", async () => {
    const limiter = new Process().limiter([window(1)], { entries: 8, onFull: "admit" });
    const all = await Promise.all(Array.from({ length: 40 }, (_, index) => allowed(limiter, `invented ${index}`)));
    expect(all).not.toContain(false);
  });

  it.each<[LimitKey, LimitKey]>([
    [
      ["a-b", "c"],
      ["a", "b-c"],
    ],
    [
      ["a", ""],
      ["", "a"],
    ],
    [
      ["a", null],
      ["a", ""],
    ],
    [
      ["a", undefined],
      ["a", "-"],
    ],
    [[null], [""]],
    [["a", "b"], ["ab"]],
    [["a", "b"], "\u00001:a1:b"],
    [["1:a"], ["a"]],
    [[], ""],
  ])("does not take %j for %j", async (one, other) => {
    const limiter = new Process().limiter([window(1)]);
    expect([await allowed(limiter, one), await allowed(limiter, other), await allowed(limiter, one)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it("takes a list of one text for that text", async () => {
    const limiter = new Process().limiter([window(1)]);
    expect([await allowed(limiter, "a"), await allowed(limiter, ["a"])]).toEqual([true, false]);
  });
});

describe("what clients are told", () => {
  const fieldsOf = async (limiter: RateLimiter, amount = 1): Promise<unknown> =>
    Object.fromEntries((await limiter.take("a", amount)).fields);

  it("is what the draft has, and on refusals when to come again", async () => {
    const process = new Process();
    const limiter = process.limiter([window(100)]);
    await limiter.take("a", 49);
    process.now += 30_000;
    expect(await fieldsOf(limiter)).toEqual({
      "ratelimit-policy": '"default";q=100;w=60',
      ratelimit: '"default";r=50;t=30',
    });
    await limiter.take("a", 50);
    process.now += 1;
    const refused = await limiter.take("a");
    const response = refused.refuse();
    expect(response.status).toBe(429);
    expect(response.headerList().join(" | ")).toBe(
      'content-type | application/problem+json | retry-after | 30 | ratelimit-policy | "default";q=100;w=60 | ratelimit | "default";r=0;t=30',
    );
    expect(bodyOf(response)).toEqual({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      title: "Request cannot be satisfied as assigned quota has been exceeded",
      status: 429,
      "violated-policies": ["default"],
    });
  });

  it("names the tiers, and on refusals when those allow it that refuse", async () => {
    const limiter = new Process().limiter([
      { limit: 5, period: "1s", name: "burst" },
      { limit: 100, period: "1h", algorithm: "sliding-window" },
    ]);
    expect(await fieldsOf(limiter, 5)).toEqual({
      "ratelimit-policy": '"burst";q=5;w=1, "default-1h";q=100;w=3600',
      ratelimit: expect.stringMatching(/^"burst";r=0;t=1, "default-1h";r=95;t=\d+$/) as string,
    });
    const refused = await limiter.take("a");
    expect(Object.fromEntries(refused.fields)).toMatchObject({ "retry-after": "1", ratelimit: '"burst";r=0;t=1' });
    expect(bodyOf(refused.refuse())).toMatchObject({ "violated-policies": ["burst"] });
  });

  it("has no window below a second, and no time where it is never, or nothing is used", async () => {
    const limiter = new Process().limiter([window(5, "250ms")]);
    expect(Object.fromEntries((await limiter.peek("a")).fields)).toEqual({
      "ratelimit-policy": '"default";q=5',
      ratelimit: '"default";r=5',
    });
    expect(await fieldsOf(limiter, 6)).toEqual({ "ratelimit-policy": '"default";q=5', ratelimit: '"default";r=5' });
    await limiter.take("a", 5);
    expect(await fieldsOf(limiter)).toMatchObject({ "retry-after": "1", ratelimit: '"default";r=0;t=1' });
  });

  it("says of buckets when the next unit comes", async () => {
    const limiter = new Process().limiter([{ limit: 60, period: "10m", algorithm: "token-bucket", burst: 3 }]);
    expect(await fieldsOf(limiter)).toEqual({
      "ratelimit-policy": '"default";q=3;w=30',
      ratelimit: '"default";r=2;t=10',
    });
    expect(await fieldsOf(limiter, 3)).toMatchObject({ "retry-after": "10", ratelimit: '"default";r=2;t=10' });
  });

  it("rounds whole seconds to themselves", async () => {
    const process = new Process();
    process.now = 60_000 * 28_333_333 + 50_000;
    const limiter = process.limiter([{ ...window(60), algorithm: "sliding-window" }]);
    await limiter.take("a", 60);
    expect(await fieldsOf(limiter)).toMatchObject({ "retry-after": "11", ratelimit: '"default";r=0;t=11' });
  });

  it("is X-RateLimit of the tightest tier where that is wanted, or nothing", async () => {
    const process = new Process();
    const tiers = [window(5, "1s"), window(6, "1m")];
    expect(await fieldsOf(process.limiter(tiers, { fields: ["x-ratelimit"] }), 2)).toEqual({
      "x-ratelimit-limit": "5",
      "x-ratelimit-remaining": "3",
      "x-ratelimit-reset": "1",
    });
    expect(await fieldsOf(process.limiter(tiers, { fields: [] }), 4)).toEqual({ "retry-after": "1" });
  });

  it("is added to what others say of their limits", async () => {
    const written: string[] = [];
    const result = await new Process().limiter([window(5)], { fields: ["ratelimit", "x-ratelimit"] }).take("a");
    result.addTo({ set: (name) => written.push(`set ${name}`), append: (name) => written.push(`append ${name}`) });
    expect(written).toEqual([
      "append ratelimit-policy",
      "append ratelimit",
      "set x-ratelimit-limit",
      "set x-ratelimit-remaining",
      "set x-ratelimit-reset",
    ]);
  });
});

describe("a limiter is refused", () => {
  it.each<[string, unknown]>([
    ["default: tiers: expected a list of 1 to 8", { tiers: [] }],
    ["default: tiers: expected a list of 1 to 8", {}],
    ["default: tiers[0].limit: expected a whole number from 1 on, got 0", { tiers: [window(0)] }],
    ["default: tiers[0].limit", { tiers: [window(1.5)] }],
    ["default: tiers[0].period", { tiers: [window(1, 0)] }],
    ["default: tiers[0].period", { tiers: [window(1, "0s")] }],
    ["default: tiers[0].period", { tiers: [window(1, "60")] }],
    ["default: tiers[0].period", { tiers: [window(1, "1 minute")] }],
    ["default: tiers[0].period", { tiers: [window(1, "366d")] }],
    ["default: tiers[0].period", { tiers: [window(1, Number.NaN)] }],
    [
      "default: tiers[1].algorithm: expected fixed-window or",
      { tiers: [window(1), { ...window(2), algorithm: "leaky" }] },
    ],
    ["default: tiers[0].aligned", { tiers: [{ ...window(1), algorithm: "sliding-window", aligned: true }] }],
    ["default: tiers[0].burst", { tiers: [{ ...window(1), burst: 2 }] }],
    ["default: tiers[0].burst", { tiers: [{ ...window(1), algorithm: "token-bucket", burst: 0 }] }],
    ["default: tiers[0].burst", { tiers: [{ ...window(1, "30d"), algorithm: "token-bucket", burst: 13 }] }],
    ["default: tiers[0].name", { tiers: [{ ...window(1), name: 'a"' }] }],
    ["default: tiers[1].name: expected a name that no other tier has", { tiers: [window(1), window(2)] }],
    ["default: entries", { tiers: [window(1)], entries: 0 }],
    ["default: shared", { tiers: [window(1)], shared: "" }],
    ["default: onFull", { tiers: [window(1)], onFull: "drop" }],
    ["default: mode", { tiers: [window(1)], mode: "off" }],
    ["default: fields", { tiers: [window(1)], fields: ["x"] }],
  ])("with %s", (message, options) => {
    expect(() => rateLimit(new Process().context(), "default", options as RateLimitOptions)).toThrow(
      expect.objectContaining({ code: "RATE_LIMIT_OPTIONS", message: expect.stringContaining(message) as string }),
    );
  });

  it.each(["", "a b", 'a"', undefined])("by the name %j", (name) => {
    expect(() => rateLimit(new Process().context(), name as string, { tiers: [window(1)] })).toThrow(
      expect.objectContaining({ code: "RATE_LIMIT_OPTIONS" }),
    );
  });

  it.each<[string, (limiter: RateLimiter) => unknown]>([
    ["take(): amount", (limiter) => limiter.take("a", 0)],
    ["take(): amount", (limiter) => limiter.take("a", 0.5)],
    ["peek(): amount", (limiter) => limiter.peek("a", Number.NaN)],
    ["charge(): amount", (limiter) => limiter.charge("a", -1)],
    ["charge(): amount", (limiter) => limiter.charge("a", undefined as unknown as number)],
    ["charge(): amount", (limiter) => limiter.charge("a", 1e13)],
    ["take(): key", (limiter) => limiter.take(null as unknown as string)],
  ])("what it cannot take: %s", (message, call) => {
    expect(() => call(new Process().limiter([window(1)]))).toThrow(
      expect.objectContaining({ code: "RATE_LIMIT_OPTIONS", message: expect.stringContaining(message) as string }),
    );
  });
});

describe("a client's address", () => {
  it.each([
    ["192.0.2.1:4711", "192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:4711", "192.0.2.1"],
    ["[2001:db8:1:2:3:4:5:6]:4711", "2001:db8:1:2::/64"],
    ["[2001:DB8:0001:2::1]:4711", "2001:db8:1:2::/64"],
    ["[2001:db8:1::]:4711", "2001:db8:1:0::/64"],
    ["[fe80::1%eth0]:4711", "fe80:0:0:0::/64"],
    ["[::1]:4711", "0:0:0:0::/64"],
    [undefined, ""],
  ])("in %s is %s", (given, address) => {
    expect(clientAddress({ clientAddress: given })).toBe(address);
  });

  it.each([
    [128, "2001:db8:1:2:3:4:5:6/128"],
    [60, "2001:db8:1:0::/60"],
    [48, "2001:db8:1::/48"],
  ])("has %s bits if that is wanted", (ipv6Prefix, address) => {
    expect(clientAddress({ clientAddress: "[2001:db8:1:2:3:4:5:6]:1" }, { ipv6Prefix })).toBe(address);
  });
});

it("never allows more than the limit under random schedules, whatever is given back and refused meanwhile", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const process = new Process();
    const limit = 2 + random.below(6);
    const algorithm = random.once(2) ? "fixed-window" : "token-bucket";
    const tiers: TierOptions[] = [{ limit, period: 1_000_000, algorithm, aligned: algorithm === "fixed-window" }];
    process.now = 1_700_000_000_000 - (1_700_000_000_000 % 1_000_000);
    const workers = [0, 1, 2].map(() => process.limiter(tiers, { entries: 16, countRefused: random.once(2) }));
    let depth = 0;
    let net = 0;
    const kept: RateLimitResult[] = [];
    let most = 0;
    const given: Promise<RateLimitResult>[] = [];
    const owners = new Map<RateLimitResult, RateLimiter>();
    const takeBy = async (limiter: RateLimiter): Promise<RateLimitResult> => {
      const result = await limiter.take("limited");
      owners.set(result, limiter);
      return result;
    };
    const act = (): void => {
      const limiter = workers[random.below(3)]!;
      if (random.once(3)) {
        void limiter.take(`invented ${random.below(500)}`);
      } else {
        given.push(takeBy(limiter));
      }
    };
    process.meanwhile = () => {
      if (depth === 0 && random.once(5)) {
        depth = 1;
        act();
        depth = 0;
      }
    };
    for (let step = 0; step < 100; step++) {
      act();
      for (const result of await Promise.all(given.splice(0))) {
        if (result.allowed) {
          net += 1;
          kept.push(result);
        }
        most = Math.max(most, net);
        // What is given back may be taken again, by any worker.
        if (random.once(8) && kept.length > 0) {
          const back = kept.splice(random.below(kept.length), 1)[0]!;
          await owners.get(back)!.refund(back);
          net -= 1;
        }
      }
    }
    expect([seed, most <= limit, most > 0]).toEqual([seed, true, true]);
  }
});
