import { afterEach, describe, expect, it, vi } from "vitest";
import { Status } from "../../abi/constants.js";
import { findFreshBy } from "../../host/native/find-fresh.js";
import { SharedData as HostData } from "../../host/shared/shared-data.js";
import type { InstanceContext } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { Random } from "../../testing/random.js";
import { TimerQueue } from "../../timer-queue.js";
import { type Cache, type Cacheable, type CacheOptions, cache, type LoadContext, type LoadOptions } from "./index.js";
import { entryBytes, sizeOf, sizeOfText } from "./size-of.js";

/** A process: what its workers share, and a clock. */
class Process {
  readonly data = new HostData();
  readonly warnings: string[] = [];
  readonly metrics = new Map<string, number>();
  readonly timers = new TimerQueue();
  readonly closing = new AbortController();
  now = 1_700_000_000_000;
  /** How many pieces of code run as the use's. */
  depth = 0;

  /** A new worker's cache. */
  cache<Value extends Cacheable>(options: CacheOptions = {}): Cache<Value> {
    const names: string[] = [];
    const port = {
      policy: "use",
      instance: {
        access: {
          calls: {
            getSharedData: (key: string) => this.data.get("", key),
            setSharedData: (key: string, value: Uint8Array, cas: number) => this.data.set("", key, value, cas),
          },
          services: { findFresh: findFreshBy(() => this.now) },
        },
        settings: { name: "use", route: "route" },
      },
      host: {
        setProperty: () => Status.NotFound,
        defineMetric: (_type: number, name: string) => names.push(name),
        incrementMetric: (id: number, amount: number) => {
          const name = names[id - 1]!;
          this.metrics.set(name, (this.metrics.get(name) ?? 0) + amount);
        },
      },
      logger: { warn: (line: string) => this.warnings.push(line) },
      schedule: (milliseconds: number, run: () => void) => this.timers.add(this.now + milliseconds, run),
      run: <T>(code: () => T): T => {
        this.depth += 1;
        try {
          return code();
        } finally {
          this.depth -= 1;
        }
      },
      now: () => this.now,
      closed: this.closing.signal,
    };
    return cache<Value>({ [servicePort]: port } as unknown as InstanceContext, "c", options);
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    let due: (() => void) | undefined;
    while ((due = this.timers.take(this.now)) !== undefined) {
      due();
    }
  }
}

interface Pending {
  resolve(value: Cacheable): void;
  reject(error: unknown): void;
}

/** A `load` that is called, and settled by the test. */
class Loader {
  readonly calls: (Pending & { readonly context: LoadContext })[] = [];
  readonly load = (context: LoadContext): Promise<Cacheable> =>
    new Promise((resolve, reject) => {
      this.calls.push({ context, resolve, reject });
    });
}

const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => (error as { code?: string }).code ?? error);

/** Until all promise jobs are done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a cache", () => {
  it("gives the very values that it was given", () => {
    const things = new Process().cache<Cacheable>();
    const object = { a: [1] };
    const values: Cacheable[] = [object, "", 0, false, null, 1n];
    for (const [index, value] of values.entries()) {
      expect(things.set(`k${index}`, value)).toBe(true);
    }
    expect(values.map((_value, index) => things.get(`k${index}`))).toEqual(values);
    expect(things.get("k0")).toBe(object);
    expect(things.get("constructor")).toBeUndefined();
  });

  it("gives a value until its time is over, and not at that time", () => {
    const process = new Process();
    const things = process.cache<number>();
    things.set("a", 1, { ttl: "2s" });
    things.set("b", 2);
    things.set("none", 3, { ttl: 0 });
    process.advance(1_999);
    expect([things.get("a"), things.get("b"), things.get("none")]).toEqual([1, 2, undefined]);
    process.advance(1);
    expect([things.get("a"), things.get("b")]).toEqual([undefined, 2]);
  });

  it("drops what was not used for longest", () => {
    const things = new Process().cache<number>({ entries: 2 });
    things.set("a", 1);
    things.set("b", 2);
    things.get("a");
    things.set("c", 3);
    expect([things.get("a"), things.get("b"), things.get("c")]).toEqual([1, undefined, 3]);
  });

  it("has no room for what is larger than it, and forgets what that was to replace", () => {
    const things = new Process().cache<string>({ bytes: 1_000 });
    expect(things.set("a", "small")).toBe(true);
    expect(things.set("a", "x".repeat(1_000))).toBe(false);
    expect(things.get("a")).toBeUndefined();
  });

  it("takes the word of who knows how large a value is", () => {
    const things = new Process().cache<object>({ bytes: 10_000 });
    things.set("a", {}, { bytes: 6_000 });
    things.set("b", {}, { bytes: 6_000 });
    expect([things.get("a"), things.get("b")]).toEqual([undefined, {}]);
  });

  it.each([
    [(context: InstanceContext) => cache(context, "", {}), "CACHE_OPTIONS"],
    [(context: InstanceContext) => cache(context, "c", { entries: 0 }), "CACHE_OPTIONS"],
    [(context: InstanceContext) => cache(context, "c", { bytes: 1.5 }), "CACHE_OPTIONS"],
    [(context: InstanceContext) => cache(context, "c", { shared: "yes" as never }), "CACHE_OPTIONS"],
    [() => cache({} as never, "c"), "SERVICE_CONTEXT"],
    [() => cache({ [servicePort]: { exchange: () => undefined } } as never, "c"), "SERVICE_CONTEXT"],
  ])("is not made of what makes no sense: %s", (make, code) => {
    expect(() => make({ [servicePort]: {} } as never)).toThrow(expect.objectContaining({ code }));
  });

  it("refuses keys, values and times that are none", () => {
    const things = new Process().cache<number>();
    const refused = (code: string): unknown => expect.objectContaining({ code });
    expect(() => things.set(1 as never, 1)).toThrow(refused("CACHE_OPTIONS"));
    expect(() => things.set("a", undefined as never)).toThrow(refused("CACHE_VALUE"));
    expect(() => things.set("a", 1, { ttl: -1 })).toThrow(refused("CACHE_OPTIONS"));
    expect(() => things.set("a", 1, { ttl: "5 s" as never })).toThrow(refused("CACHE_OPTIONS"));
    expect(() => things.set("a", 1, { bytes: -1 })).toThrow(refused("CACHE_OPTIONS"));
    expect(things.get("a")).toBeUndefined();
  });

  it("has room again for what another worker has deleted, once that is asked for", () => {
    const process = new Process();
    const [mine, other] = [
      process.cache<number>({ shared: true, entries: 2 }),
      process.cache<number>({ shared: true }),
    ];
    mine.set("a", 1);
    mine.set("b", 2);
    other.delete("a");
    expect(mine.get("a")).toBeUndefined();
    mine.set("c", 3);
    process.advance(1_000);
    expect([process.metrics.get("cache_evictions;policy=use;cache=c") ?? 0, mine.get("c")]).toEqual([0, 3]);
  });

  it("tells hits, misses and evictions once a second, and when it ends", () => {
    const process = new Process();
    const things = process.cache<number>({ entries: 1 });
    things.get("a");
    things.set("a", 1);
    things.get("a");
    things.get("a");
    things.set("b", 1);
    expect(process.metrics.size).toBe(0);
    process.advance(1_000);
    const name = (what: string): string => `cache_${what};policy=use;cache=c`;
    const told = { [name("hits")]: 2, [name("misses")]: 1, [name("evictions")]: 1 };
    expect(Object.fromEntries(process.metrics)).toEqual(told);
    things.get("b");
    process.closing.abort("policy-removed");
    expect(Object.fromEntries(process.metrics)).toEqual({ ...told, [name("hits")]: 3 });
  });

  it.each([1, 2, 3, 4, 5])("does what a model of it does, whatever is asked (seed %i)", (seed) => {
    const random = new Random(seed);
    const process = new Process();
    const [entries, bytes] = [1 + random.below(6), 600 + random.below(1_500)];
    const things = process.cache<string>({ entries, bytes });
    /** In the order of use. */
    let model: { key: string; value: string; ends: number; bytes: number }[] = [];
    const take = (key: string): (typeof model)[number] | undefined => {
      const found = model.find((entry) => entry.key === key);
      model = model.filter((entry) => entry !== found);
      return found;
    };
    for (let step = 0; step < 2_000; step++) {
      const key = `k${random.below(8)}`;
      switch (random.below(8)) {
        case 0:
        case 1:
        case 2: {
          const value = "v".repeat(random.below(300));
          const ttl = random.below(3) === 0 ? undefined : 1 + random.below(50);
          take(key);
          const size = entryBytes + sizeOfText(key) + sizeOfText(value);
          if (size <= bytes) {
            model.push({ key, value, ends: process.now + (ttl ?? Infinity), bytes: size });
          }
          while (model.length > entries || model.reduce((sum, entry) => sum + entry.bytes, 0) > bytes) {
            model.shift();
          }
          expect(things.set(key, value, { ttl })).toBe(size <= bytes);
          break;
        }
        case 3: {
          const found = take(key);
          expect(things.delete(key)).toBe(found !== undefined && found.ends > process.now);
          break;
        }
        case 4:
          process.advance(random.below(20));
          break;
        case 5:
          if (random.below(40) === 0) {
            model = [];
            things.purge();
          }
          break;
        default: {
          const found = model.find((entry) => entry.key === key && entry.ends > process.now);
          if (found !== undefined) {
            take(key);
            model.push(found);
          }
          expect(things.get(key)).toBe(found?.value);
        }
      }
    }
  });
});

describe("an estimate of a value's size", () => {
  it("counts what it holds, each object once, and ends with a cycle", () => {
    const shared = { text: "x".repeat(1_000) };
    const cycle: Record<string, unknown> = { shared, again: shared };
    cycle["self"] = cycle;
    expect(sizeOf(cycle, 1e9)).toBeGreaterThan(2_000);
    expect(sizeOf(cycle, 1e9)).toBeLessThan(3_000);
  });

  it("counts bytes with the whole buffer that they stand in, and what is in maps and sets", () => {
    expect(sizeOf(new Uint8Array(5_000).subarray(0, 1), 1e9)).toBeGreaterThan(5_000);
    expect(sizeOf(new Map([["k", new Set(["x".repeat(500)])]]), 1e9)).toBeGreaterThan(1_000);
  });

  it("calls no getter, and stops at what is too large in any case", () => {
    const getter = vi.fn(() => "x");
    sizeOf(Object.defineProperty({}, "x", { get: getter, enumerable: true }), 1e9);
    expect(getter).not.toHaveBeenCalled();
    const endless = { parts: Array.from({ length: 100_000 }, (_, index) => ({ index })) };
    expect(sizeOf(endless, 10_000)).toBeGreaterThan(10_000);
  });

  it("counts the body of a Response that is kept", async () => {
    const { Response } = await import("../../policy/response.js");
    expect(sizeOf(new Response(new Uint8Array(7_000)), 1e9)).toBeGreaterThan(7_000);
  });
});

describe("what is loaded", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is loaded once for all who ask meanwhile, and kept", async () => {
    const process = new Process();
    const things = process.cache();
    const loader = new Loader();
    const waiting = [1, 2, 3].map(() => things.getOrLoad("a", loader.load, { ttl: 10 }));
    loader.calls[0]!.resolve("A");
    expect(await Promise.all(waiting)).toEqual(["A", "A", "A"]);
    expect(loader.calls).toHaveLength(1);
    expect(things.get("a")).toBe("A");
    process.advance(10);
    expect(things.get("a")).toBeUndefined();
    const again = things.getOrLoad("a", loader.load);
    loader.calls[1]!.resolve("B");
    expect(await again).toBe("B");
  });

  it("is there at once where load has it at once", async () => {
    const things = new Process().cache<number>();
    const promise = things.getOrLoad("a", () => 1);
    expect((promise as unknown as { state: string }).state).toBe("fulfilled");
    expect(await promise).toBe(1);
  });

  it("is code of the use", async () => {
    const process = new Process();
    let depth = 0;
    await process.cache<number>().getOrLoad("a", () => {
      depth = process.depth;
      return 1;
    });
    expect(depth).toBe(1);
  });

  it("fails for all who wait, and is not kept", async () => {
    const things = new Process().cache();
    const loader = new Loader();
    const waiting = [1, 2].map(() => outcome(things.getOrLoad("a", loader.load)));
    loader.calls[0]!.reject("down");
    expect(await Promise.all(waiting)).toEqual(["down", "down"]);
    const again = outcome(things.getOrLoad("a", loader.load));
    loader.calls[1]!.resolve(5);
    expect(await again).toBe(5);
  });

  it("fails for as long as errors are to be kept, and get does not tell", async () => {
    const process = new Process();
    const things = process.cache<number>();
    const load = vi.fn(() => Promise.reject(new Error("down")));
    const ask = (): Promise<unknown> => things.getOrLoad("a", load, { errorTtl: "1s" }).catch(String);
    expect([await ask(), await ask(), things.get("a")]).toEqual(["Error: down", "Error: down", undefined]);
    expect(load).toHaveBeenCalledTimes(1);
    process.advance(1_000);
    await ask();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("may be known not to exist, for a time of its own", async () => {
    const process = new Process();
    const users = process.cache<string | null>();
    const options: LoadOptions<string | null> = { ttl: (user) => (user === null ? 5 : 50) };
    expect(await users.getOrLoad("nobody", () => null, options)).toBeNull();
    expect(await users.getOrLoad("ada", () => "Ada", options)).toBe("Ada");
    expect(users.get("nobody")).toBeNull();
    process.advance(5);
    expect([users.get("nobody"), users.get("ada")]).toEqual([undefined, "Ada"]);
  });

  it("is given while it is loaded anew, for as long as it may be stale", async () => {
    const process = new Process();
    const things = process.cache();
    const loader = new Loader();
    const ask = (): Promise<unknown> =>
      outcome(things.getOrLoad("a", loader.load, { ttl: 10, staleWhileRevalidate: 20 }));
    const first = ask();
    loader.calls[0]!.resolve(1);
    expect(await first).toBe(1);
    process.advance(10);
    expect(things.get("a")).toBeUndefined();
    expect([await ask(), await ask()]).toEqual([1, 1]);
    expect(loader.calls).toHaveLength(2);
    loader.calls[1]!.resolve(2);
    await settled();
    expect([await ask(), things.get("a")]).toEqual([2, 2]);
    process.advance(30);
    const late = ask();
    loader.calls[2]!.resolve(3);
    expect(await late).toBe(3);
  });

  it("is given stale while it cannot be loaded anew, which is tried once a second and told", async () => {
    const process = new Process();
    const things = process.cache<number>();
    things.set("a", 0);
    const load = vi.fn((): Promise<number> => Promise.reject(new Error("down")));
    await things.getOrLoad("b", () => 1, { ttl: 10, staleWhileRevalidate: "1h" });
    const ask = (): Promise<unknown> => outcome(things.getOrLoad("b", load, { ttl: 10, staleWhileRevalidate: "1h" }));
    process.advance(10);
    for (let time = 0; time < 5; time++) {
      expect(await ask()).toBe(1);
      await settled();
      process.advance(500);
    }
    expect(load).toHaveBeenCalledTimes(3);
    expect(process.warnings[0]).toBe("CACHE_LOAD_FAILED: cache c: load() failed, and nobody waits for it: down");
  });

  it("has a limit: all who wait get an error, its signal is aborted, and the next one begins anew", async () => {
    const process = new Process();
    const things = process.cache();
    const loader = new Loader();
    const waiting = [1, 2].map(() => outcome(things.getOrLoad("a", loader.load, { timeout: "2s" })));
    process.advance(1_999);
    expect(loader.calls[0]!.context.signal.aborted).toBe(false);
    process.advance(1);
    expect(await Promise.all(waiting)).toEqual(["CACHE_LOAD_TIMEOUT", "CACHE_LOAD_TIMEOUT"]);
    expect(loader.calls[0]!.context.signal.reason).toMatchObject({ code: "CACHE_LOAD_TIMEOUT" });
    const again = things.getOrLoad("a", loader.load);
    loader.calls[0]!.resolve("late");
    loader.calls[1]!.resolve("new");
    expect([await again, things.get("a")]).toEqual(["new", "new"]);
  });

  it("ends with the use of the policy", async () => {
    const process = new Process();
    const loader = new Loader();
    const waiting = outcome(process.cache().getOrLoad("a", loader.load));
    process.closing.abort("policy-removed");
    expect(await waiting).toBe("policy-removed");
    expect(loader.calls[0]!.context.signal.reason).toBe("policy-removed");
  });

  it("goes on when one who waits leaves", async () => {
    const things = new Process().cache();
    const loader = new Loader();
    const leaving = new AbortController();
    const left = outcome(things.getOrLoad("a", loader.load, { signal: leaving.signal }));
    const stays = things.getOrLoad("a", loader.load);
    leaving.abort("gone");
    expect(await left).toBe("gone");
    loader.calls[0]!.resolve(1);
    expect([await stays, things.get("a")]).toEqual([1, 1]);
    expect(loader.calls).toHaveLength(1);
  });

  it.each(["delete", "purge", "set"] as const)("is older than a %s that came while it was loaded", async (call) => {
    const things = new Process().cache();
    const loader = new Loader();
    const before = things.getOrLoad("a", loader.load);
    if (call === "delete") {
      things.delete("a");
    } else if (call === "purge") {
      things.purge();
    } else {
      things.set("a", "set");
    }
    loader.calls[0]!.resolve("old");
    expect(await before).toBe("old");
    expect(things.get("a")).toBe(call === "set" ? "set" : undefined);
  });

  it.each([
    [{ ttl: -1 }, "CACHE_OPTIONS"],
    [{ ttl: () => "soon" as never }, "CACHE_OPTIONS"],
    [{ staleWhileRevalidate: Number.NaN }, "CACHE_OPTIONS"],
    [{ errorTtl: "1 s" as never }, "CACHE_OPTIONS"],
    [{ timeout: 0 }, "CACHE_OPTIONS"],
  ])("is not kept with options that make no sense: %j", async (options, code) => {
    expect(await outcome(new Process().cache<number>().getOrLoad("a", () => 1, options))).toBe(code);
  });

  it("is not undefined, and load is a function", async () => {
    const things = new Process().cache<number>();
    expect(await outcome(things.getOrLoad("a", (() => undefined) as never))).toBe("CACHE_VALUE");
    expect(await outcome(things.getOrLoad("a", 1 as never))).toBe("CACHE_OPTIONS");
  });
});

describe("a shared cache", () => {
  it("forgets on all workers what one deletes, and nothing else for certain is lost", () => {
    const process = new Process();
    const [one, other] = [process.cache<number>({ shared: true }), process.cache<number>({ shared: true })];
    one.set("a", 1);
    other.set("a", 2);
    expect([one.get("a"), other.get("a")]).toEqual([1, 2]);
    one.delete("a");
    expect([one.get("a"), other.get("a")]).toEqual([undefined, undefined]);
    other.set("a", 3);
    expect([one.get("a"), other.get("a")]).toEqual([undefined, 3]);
  });

  it("forgets everything on all workers", () => {
    const process = new Process();
    const [one, other] = [process.cache<number>({ shared: true }), process.cache<number>({ shared: true })];
    const keys = Array.from({ length: 200 }, (_, index) => `k${index}`);
    for (const key of keys) {
      other.set(key, 1);
    }
    one.purge();
    expect(keys.filter((key) => other.get(key) !== undefined)).toEqual([]);
  });

  it("does not keep what one worker loaded when another one deletes the key meanwhile, and loads it anew", async () => {
    const process = new Process();
    const [one, other] = [process.cache({ shared: true }), process.cache({ shared: true })];
    const loader = new Loader();
    const before = one.getOrLoad("a", loader.load);
    other.delete("a");
    const after = one.getOrLoad("a", loader.load);
    loader.calls[0]!.resolve("old");
    expect(await before).toBe("old");
    expect(one.get("a")).toBeUndefined();
    loader.calls[1]!.resolve("new");
    expect([await after, one.get("a")]).toEqual(["new", "new"]);
  });

  it("makes its keys when it is made, and none later", () => {
    const process = new Process();
    const things = process.cache<number>({ shared: true });
    const set = vi.spyOn(process.data, "set");
    const keys = new Set<string>();
    set.mockImplementation((_vm, key) => {
      keys.add(key);
      return 0;
    });
    for (let index = 0; index < 1_000; index++) {
      things.set(`k${index}`, index);
      things.delete(`k${index}`);
    }
    expect(keys.size).toBeLessThanOrEqual(64);
  });
});
