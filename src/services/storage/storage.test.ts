import { describe, expect, it } from "vitest";
import { SharedData as HostData } from "../../host/shared/shared-data.js";
import type { InstanceContext } from "../../policy/service.js";
import { servicePort } from "../../policy/service-port.js";
import { Random } from "../../testing/random.js";
import { type Storage, type StorageOptions, storage } from "./index.js";

/** A process: what its workers share, and a clock. */
class Process {
  readonly data = new HostData();
  readonly warnings: string[] = [];
  readonly scheduled: (() => void)[] = [];
  now = 1_700_000_000_000;
  /** Called at each hostcall of a worker, before it acts. */
  meanwhile: () => void = () => undefined;

  /** The context of a new worker. */
  context(name = "use", route = "route"): InstanceContext {
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
    const port = {
      instance: { access: { calls, services: {} }, settings: { name, route } },
      logger: { warn: (line: string) => this.warnings.push(line) },
      schedule: (_milliseconds: number, run: () => void) => this.scheduled.push(run),
      now: () => this.now,
    };
    return { [servicePort]: port } as unknown as InstanceContext;
  }

  storage<Value>(options: StorageOptions = {}, use = "use"): Storage<Value> {
    return storage<Value>(this.context(use), "s", options as StorageOptions & { encoding?: "json" });
  }
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
};

describe("a storage", () => {
  it.each([0, -0.5, "", "ä€😀", null, true, [1, [2]], { a: { b: [] } }, "x".repeat(65_534)])(
    "gives back %j to all workers",
    async (value) => {
      const process = new Process();
      await process.storage().set("key", value);
      expect(await process.storage().get("key")).toEqual(value);
    },
  );

  it("gives back bytes, also none, as copies", async () => {
    const process = new Process();
    const bytes = process.storage<Uint8Array>({ encoding: "bytes" });
    const given = Uint8Array.of(0, 255, 10);
    await bytes.set("a", given);
    await bytes.set("empty", new Uint8Array());
    given[0] = 1;
    expect([await bytes.get("a"), await bytes.get("empty")]).toEqual([Uint8Array.of(0, 255, 10), new Uint8Array()]);
  });

  it("tells keys apart, whatever is in them", async () => {
    const store = new Process().storage<number>({ entries: 4 });
    const keys = ["", "a", "a\0", "\0a", "ä", "é", "x".repeat(1_024)];
    const four = keys.slice(3);
    for (const [index, key] of four.entries()) {
      await store.set(key, index);
    }
    expect(await Promise.all(four.map((key) => store.get(key)))).toEqual([0, 1, 2, 3]);
    expect(await store.get("")).toBeUndefined();
  });

  it("is that of its use, of its name, and of the shared name", async () => {
    const process = new Process();
    await process.storage({}, "x").set("k", "of x");
    await process.storage({ shared: "common" }, "x").set("k", "common");
    expect(await process.storage({}, "y").get("k")).toBeUndefined();
    expect(await process.storage({ shared: "common" }, "y").get("k")).toBe("common");
    expect(await process.storage({ shared: "other" }, "y").get("k")).toBeUndefined();
    expect(await storage(process.context("x", "another route"), "s").get("k")).toBeUndefined();
    expect(await storage(process.context("x"), "t").get("k")).toBeUndefined();
  });

  it("forgets what has had its time", async () => {
    const process = new Process();
    const store = process.storage<string>();
    await store.set("k", "v", { ttl: 1_000 });
    expect(await store.entry("k")).toEqual({ value: "v", version: 1, expiresAt: process.now + 1_000 });
    process.now += 999;
    expect(await store.get("k")).toBe("v");
    process.now += 1;
    expect([await store.get("k"), (await store.keys()).keys]).toEqual([undefined, []]);
    await store.set("k", "for good");
    process.now += 1e12;
    expect(await store.entry("k")).toMatchObject({ value: "for good", expiresAt: undefined });
    await store.set("k", "v", { ttl: "1.5s" });
    expect(await store.entry("k")).toMatchObject({ expiresAt: process.now + 1_500 });
  });

  it("stores under conditions", async () => {
    const store = new Process().storage<string>();
    const first = await store.set("k", "a", { ifAbsent: true });
    expect([first, await store.set("k", "b", { ifAbsent: true }), await store.get("k")]).toEqual([1, undefined, "a"]);
    const second = await store.set("k", "c", { ifVersion: first });
    expect([second, await store.set("k", "d", { ifVersion: first }), await store.get("k")]).toEqual([
      2,
      undefined,
      "c",
    ]);
    expect([await store.delete("k", { ifVersion: first }), await store.delete("k", { ifVersion: second })]).toEqual([
      false,
      true,
    ]);
    expect([await store.delete("k"), await store.set("k", "e", { ifVersion: second })]).toEqual([false, undefined]);
    expect(await store.set("k", "f")).toBeGreaterThan(2);
  });

  it("refuses what is written with a lower fencing number than the key has seen", async () => {
    const store = new Process().storage<string>();
    expect(await store.set("k", "old holder", { ifFence: 5 })).toBe(1);
    expect(await store.set("k", "the same holder", { ifFence: 5 })).toBe(2);
    expect(await store.set("k", "new holder", { ifFence: 7 })).toBe(3);
    expect([await store.set("k", "late", { ifFence: 6 }), await store.delete("k", { ifFence: 6 })]).toEqual([
      undefined,
      false,
    ]);
    expect(await store.set("k", "without a lock")).toBe(4);
    await store.update("k", (value) => `${value as string}, updated`);
    expect([await store.set("k", "late", { ifFence: 6 }), await store.get("k")]).toEqual([
      undefined,
      "without a lock, updated",
    ]);
    expect(await store.set("other", "of another lock", { ifFence: 1 })).toBeGreaterThan(0);
  });

  it("knows fencing numbers of keys that were removed or have expired for an hour", async () => {
    const process = new Process();
    const store = process.storage<string>({ entries: 3 });
    await store.set("removed", "a", { ifFence: 7 });
    await store.set("expired", "a", { ifFence: 7, ttl: 100 });
    expect([await store.delete("removed", { ifFence: 7 }), await store.delete("never there", { ifFence: 7 })]).toEqual([
      true,
      false,
    ]);
    process.now += 1_000;
    for (const key of ["removed", "expired", "never there"]) {
      expect([key, await store.get(key), await store.set(key, "late", { ifFence: 6 })]).toEqual([
        key,
        undefined,
        undefined,
      ]);
      expect(await store.set(key, "new", { ifFence: 7, ifAbsent: true, ttl: 1 })).toBeGreaterThan(0);
    }
    expect((await store.keys()).keys).toHaveLength(3);
    // They take the place of an entry.
    expect(await codeOf(store.set("a fourth", "x"))).toBe("STORAGE_FULL");
    process.now += 1;
    expect(await codeOf(store.set("a fourth", "x"))).toBe("STORAGE_FULL");
    process.now += 3_600_000;
    expect(await store.set("a fourth", "x")).toBeGreaterThan(0);
    expect(await store.set("removed", "of another lock", { ifFence: 1 })).toBeGreaterThan(0);
  });

  it("updates by what is there, keeps its end, and removes for undefined", async () => {
    const process = new Process();
    const store = process.storage<string[]>();
    const add = (word: string) => store.update("k", (words = []) => [...words, word], { ttl: 100 });
    expect([await add("a"), await add("b")]).toEqual([["a"], ["a", "b"]]);
    process.now += 60;
    await store.update("k", (words) => words?.slice(1));
    expect(await store.entry("k")).toMatchObject({ value: ["b"], expiresAt: process.now + 40 });
    expect([await store.update("k", () => undefined), await store.get("k")]).toEqual([undefined, undefined]);
    expect(await store.update("none", () => undefined)).toBeUndefined();
  });

  it("hands on what change() throws, and takes no promise from it", async () => {
    const store = new Process().storage<number>();
    await expect(
      store.update("k", () => {
        throw new Error("mine");
      }),
    ).rejects.toThrow("mine");
    expect(await codeOf(store.update("k", (() => Promise.resolve(1)) as unknown as () => number))).toBe(
      "STORAGE_VALUE",
    );
    expect(await store.get("k")).toBeUndefined();
  });

  it("counts, with the end of what was first counted", async () => {
    const process = new Process();
    const store = process.storage<number>();
    expect([
      await store.increment("k", 1, { ttl: 100 }),
      await store.increment("k", -3),
      await store.increment("k", 0.5),
    ]).toEqual([1, -2, -1.5]);
    process.now += 100;
    expect(await store.increment("k")).toBe(1);
    await store.set("k", Number.MAX_SAFE_INTEGER);
    expect([await codeOf(store.increment("k")), await codeOf(store.increment("k", Number.NaN))]).toEqual([
      "STORAGE_VALUE",
      "STORAGE_VALUE",
    ]);
  });

  it("tells its keys page by page", async () => {
    const store = new Process().storage<number>({ entries: 1_000 });
    const stored = Array.from({ length: 300 }, (_, index) => `${index % 3 === 0 ? "a" : "b"}/${index}`);
    for (const key of stored) {
      await store.set(key, 1);
    }
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | undefined = "0"; cursor !== undefined; pages++) {
      const page = await store.keys({ prefix: "a/", cursor, limit: 10 });
      found.push(...page.keys);
      ({ cursor } = page);
    }
    expect(found.sort()).toEqual(stored.filter((key) => key.startsWith("a/")).sort());
    expect(pages).toBeGreaterThan(5);
  });

  it("refuses what has another shape, until it is stored anew", async () => {
    const process = new Process();
    await process.storage().set("k", { a: 1 });
    const shapes = [process.storage({ shape: 2 }), process.storage({ encoding: "bytes" })];
    for (const store of shapes) {
      expect([await codeOf(store.get("k")), await codeOf(store.update("k", (value) => value))]).toEqual([
        "STORAGE_SHAPE",
        "STORAGE_SHAPE",
      ]);
    }
    expect(await codeOf(process.storage<number>().increment("k"))).toBe("STORAGE_SHAPE");
    await shapes[0]?.set("k", { b: 1 });
    expect(await shapes[0]?.get("k")).toEqual({ b: 1 });
  });

  it("refuses what has no room, and loses nothing for it", async () => {
    const process = new Process();
    const few = process.storage<string>({ entries: 2, bytes: 1_024, valueBytes: 900 });
    await few.set("a", "1");
    await few.set("b", "2", { ttl: 10 });
    expect(await codeOf(few.set("c", "3"))).toBe("STORAGE_FULL");
    expect(await few.set("a", "x".repeat(898))).toBe(3);
    expect(await codeOf(few.set("b", "x".repeat(200)))).toBe("STORAGE_FULL");
    expect([await few.get("b"), (await few.get("a"))?.length]).toEqual(["2", 898]);
    process.now += 10;
    expect(await few.set("c", "3")).toBe(4);
  });

  it("has room for what it is made for, and never for more than twice of it", async () => {
    const process = new Process();
    const store = process.storage<string>({ entries: 2_000, bytes: 400_000, valueBytes: 1_000 });
    const value = "x".repeat(98);
    let stored = 0;
    for (let index = 0; index < 5_000; index++) {
      const code = await codeOf(store.set(`key ${index}`, value));
      stored += code === "STORAGE_FULL" ? 0 : 1;
      if (index === 1_999) {
        expect(stored).toBe(2_000);
      }
    }
    expect(stored).toBeLessThanOrEqual(4_100);
  });

  it.each<[string, StorageOptions]>([
    ["entries", { entries: 0 }],
    ["entries", { entries: 1.5 }],
    ["bytes", { bytes: 10 }],
    ["valueBytes", { valueBytes: 65_537 }],
    ["valueBytes", { bytes: 2_000, valueBytes: 3_000 }],
    ["shape", { shape: -1 }],
    ["shared", { shared: "" }],
    ["encoding", { encoding: "xml" as "json" }],
  ])("is refused with a wrong %s: %j", (what, options) => {
    expect(() => new Process().storage(options)).toThrow(
      expect.objectContaining({ code: "STORAGE_OPTIONS", message: expect.stringContaining(what) as string }),
    );
  });

  it("refuses values, keys, times and pages that are none", async () => {
    const store = new Process().storage<unknown>({ valueBytes: 100 });
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const value of [undefined, () => 1, 1n, cyclic, "x".repeat(99)]) {
      expect(await codeOf(store.set("k", value))).toBe("STORAGE_VALUE");
    }
    const bytes = new Process().storage<unknown>({ encoding: "bytes" });
    expect(await codeOf(bytes.set("k", "text"))).toBe("STORAGE_VALUE");
    for (const call of [
      store.get("x".repeat(1_025)),
      store.get(1 as unknown as string),
      store.set("k", 1, { ttl: 0 }),
      store.set("k", 1, { ttl: Number.NaN }),
      store.set("k", 1, { ttl: "1 second" as "1s" }),
      store.set("k", 1, { ifFence: 0 }),
      store.delete("k", { ifFence: Number.NaN }),
      store.keys({ cursor: "x" }),
      store.keys({ cursor: "99999" }),
      store.keys({ limit: 0 }),
    ]) {
      expect(await codeOf(call)).toBe("STORAGE_OPTIONS");
    }
  });

  it("warns of a failure that nobody awaits, without the key", async () => {
    const process = new Process();
    const store = process.storage<unknown>();
    void store.set("secret", undefined);
    const awaited = codeOf(store.set("secret", undefined));
    await awaited;
    for (const run of process.scheduled) {
      run();
    }
    expect(process.warnings).toEqual([
      "s: set() failed, and nobody awaits it: s: expected a value that JSON has, got undefined.",
    ]);
    expect(process.warnings.join()).not.toContain("secret");
  });

  it("keeps the size that it was made with, and what is in it", async () => {
    const process = new Process();
    await process.storage({ entries: 100 }).set("k", 1);
    const other = process.storage({ entries: 5_000 });
    expect([await other.get("k"), process.warnings]).toEqual([
      1,
      [expect.stringMatching(/^STATE_SIZE: the storage s/)],
    ]);
  });

  it("gives up when others are always faster", async () => {
    const process = new Process();
    const store = process.storage<number>({ entries: 1 });
    await store.set("k", 1);
    let depth = 0;
    process.meanwhile = () => {
      if (depth === 0) {
        depth = 1;
        void store.update("k", (value) => value);
        depth = 0;
      }
    };
    expect(await codeOf(store.increment("k"))).toBe("STORAGE_CONTENDED");
  });
});

it("loses no update and allows no more than a bound, under random schedules with workers that trap", async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const process = new Process();
    const keys = ["a", "b", "c"];
    const stores = [0, 1, 2].map(() => process.storage<number>({ entries: 5 + random.below(40) }));
    const added = new Map<string, number>();
    const bounded: number[] = [];
    const outcomes: Promise<unknown>[] = [];
    let depth = 0;
    let traps = false;
    const act = (): void => {
      const store = stores[random.below(3)]!;
      const key = keys[random.below(3)]!;
      const by = random.below(5);
      // What it does is done when it returns; what it throws is its promise's.
      const change =
        random.below(3) === 0
          ? store
              .update("bounded", (value = 0) => (value < 20 ? value + 1 : value))
              .then((value) => bounded.push(value as number))
          : store.increment(key, by).then(() => added.set(key, (added.get(key) ?? 0) + by));
      outcomes.push(change.catch((error: unknown) => (error as Error).message));
    };
    process.meanwhile = () => {
      if (depth < 2 && random.once(4)) {
        depth += 1;
        act();
        depth -= 1;
        if (traps && random.once(10)) {
          throw new Error("trap");
        }
      }
    };
    for (let step = 0; step < 60; step++) {
      traps = random.once(3);
      act();
    }
    process.meanwhile = () => undefined;
    const failures = (await Promise.all(outcomes)).filter((outcome) => typeof outcome === "string");
    expect(failures.filter((message) => message !== "trap")).toEqual([]);
    for (const key of keys.filter((each) => added.has(each))) {
      expect([seed, key, await stores[0]!.get(key)]).toEqual([seed, key, added.get(key)]);
    }
    expect(Math.max(0, ...bounded)).toBeLessThanOrEqual(20);
  }
});
