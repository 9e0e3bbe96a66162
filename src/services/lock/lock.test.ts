import { describe, expect, it } from "vitest";
import { Worker as AnyWorker, Process as ProcessOfWorkers } from "../../../test/support/process-of-workers.js";
import { Random } from "../../testing/random.js";
import { type Storage, storage } from "../storage/index.js";
import { type Locks, type LocksOptions, locks } from "./index.js";

class Worker extends AnyWorker {
  locks(options: LocksOptions = {}): Locks {
    return locks(this.context, "l", options);
  }
}

class Process extends ProcessOfWorkers {
  worker(): Worker {
    return new Worker(this);
  }
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
};

/** Work that ends when the test says. */
class Work {
  readonly started: string[] = [];
  private readonly ends = new Map<string, () => void>();

  begin = (name: string) => (): Promise<string> => {
    this.started.push(name);
    return new Promise((resolve) => {
      this.ends.set(name, () => {
        resolve(name);
      });
    });
  };

  end(name: string): void {
    this.ends.get(name)?.();
  }
}

describe("a lock", () => {
  it("is one holder's at a time, over all workers, and gives what the work returns", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const work = new Work();
    const first = one.withLock("a", {}, work.begin("first"));
    const second = other.withLock("a", {}, work.begin("second"));
    const elsewhere = other.withLock("b", {}, work.begin("another lock"));
    await process.advance(100);
    expect(work.started).toEqual(["first", "another lock"]);
    work.end("first");
    await process.advance(100);
    expect(work.started).toEqual(["first", "another lock", "second"]);
    work.end("second");
    work.end("another lock");
    expect(await Promise.all([first, second, elsewhere])).toEqual(["first", "second", "another lock"]);
    expect(await one.tryLock("a", {}, () => "free")).toBe("free");
  });

  it("is given back when the work throws", async () => {
    const locked = new Process().worker().locks();
    await expect(
      locked.withLock("a", {}, () => {
        throw new Error("mine");
      }),
    ).rejects.toThrow("mine");
    await expect(locked.withLock("a", {}, () => Promise.reject(new Error("later")))).rejects.toThrow("later");
    expect(await locked.tryLock("a", {}, () => 1)).toBe(1);
  });

  it("is taken in the order of asking in a worker, and in turn by workers", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const order: string[] = [];
    const work = new Work();
    const holding = process.worker().locks().withLock("x", {}, work.begin("holder"));
    const asks = ["1a", "1b", "2a", "1c", "2b", "2c"].map((name) =>
      (name.startsWith("1") ? one : other).withLock("x", {}, () => {
        order.push(name);
      }),
    );
    await process.advance(100);
    work.end("holder");
    await process.advance(1_000);
    await Promise.all([holding, ...asks]);
    expect(order.filter((name) => name.startsWith("1"))).toEqual(["1a", "1b", "1c"]);
    expect(order.filter((name) => name.startsWith("2"))).toEqual(["2a", "2b", "2c"]);
    expect(order.indexOf("2a")).toBeLessThan(order.indexOf("1c"));
  });

  it("is not waited for by tryLock, nor passed by it in front of those that wait", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const work = new Work();
    const holding = one.withLock("a", {}, work.begin("holder"));
    const waiting = other.withLock("a", {}, work.begin("waiter"));
    await process.advance(10);
    const outcomes = [await one.tryLock("a", {}, () => 1), await other.tryLock("a", {}, () => 1)];
    work.end("holder");
    await holding;
    outcomes.push(await one.tryLock("a", {}, () => 1));
    expect(outcomes).toEqual([undefined, undefined, undefined]);
    await process.advance(30);
    work.end("waiter");
    expect(await waiting).toBe("waiter");
  });

  it("is waited for as long as said", async () => {
    const process = new Process();
    const locked = process.worker().locks();
    const work = new Work();
    void locked.withLock("a", {}, work.begin("holder"));
    const started = process.clock.now();
    const outcomes = [{ wait: "2s" as const }, { wait: 0 }, {}].map(async (options) => [
      await codeOf(locked.withLock("a", options, () => 1)),
      process.clock.now() - started,
    ]);
    await process.advance(20_000);
    expect(await Promise.all(outcomes)).toEqual([
      ["LOCK_TIMEOUT", 2_000],
      ["LOCK_TIMEOUT", 0],
      ["LOCK_TIMEOUT", 10_000],
    ]);
    work.end("holder");
    await process.advance(0);
    expect(await locked.tryLock("a", {}, () => "free")).toBe("free");
  });

  it("is not waited for any longer when the signal aborts, and others have the place", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const work = new Work();
    void one.withLock("a", {}, work.begin("holder"));
    const client = new AbortController();
    const gone = codeOf(other.withLock("a", { signal: client.signal }, work.begin("gone")));
    const third = process.worker().locks().withLock("a", {}, work.begin("third"));
    await process.advance(10);
    client.abort("client-gone");
    expect(await gone).toBe("client-gone");
    work.end("holder");
    await process.advance(25);
    work.end("third");
    expect(await third).toBe("third");
    expect(work.started).toEqual(["holder", "third"]);
    expect(await codeOf(other.withLock("a", { signal: client.signal }, () => 1))).toBe("client-gone");
  });

  it("is given back at once when the signal aborts, whatever the work does", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const client = new AbortController();
    const signals: AbortSignal[] = [];
    const held = codeOf(
      one.withLock("a", { signal: client.signal }, (signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      }),
    );
    await process.advance(10);
    client.abort("client-gone");
    expect(await other.tryLock("a", {}, () => "free")).toBe("free");
    expect([await held, signals[0]?.aborted, signals[0]?.reason]).toEqual(["client-gone", true, "client-gone"]);
  });

  it("is given back, and waited for no longer, when the policy goes", async () => {
    const process = new Process();
    const [worker, other] = [process.worker(), process.worker().locks()];
    const mine = worker.locks();
    const holding = codeOf(mine.withLock("a", {}, () => new Promise(() => undefined)));
    const waiting = codeOf(mine.withLock("a", {}, () => 1));
    await process.advance(10);
    worker.closing.abort("policy-removed");
    expect(await other.tryLock("a", {}, () => "free")).toBe("free");
    expect([await holding, await waiting, await codeOf(mine.tryLock("a", {}, () => 1))]).toEqual([
      "policy-removed",
      "policy-removed",
      "policy-removed",
    ]);
  });

  it("is made longer while the work goes on", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const work = new Work();
    const holding = one.withLock("a", { ttl: 300 }, work.begin("holder"));
    await process.advance(10_000);
    expect(await other.tryLock("a", {}, () => 1)).toBeUndefined();
    work.end("holder");
    expect(await holding).toBe("holder");
  });

  it("is lost after its time without autoRefresh, which the signal and the caller are told", async () => {
    const process = new Process();
    const [one, other] = [process.worker().locks(), process.worker().locks()];
    const reasons: unknown[] = [];
    const lost = codeOf(
      one.withLock("a", { ttl: 300, autoRefresh: false }, (signal) => {
        signal.addEventListener("abort", () => reasons.push((signal.reason as { code: string }).code));
        return new Promise(() => undefined);
      }),
    );
    await process.advance(299);
    expect([reasons, await other.tryLock("a", {}, () => 1)]).toEqual([[], undefined]);
    await process.advance(1);
    expect([await lost, reasons, await other.tryLock("a", {}, () => "free")]).toEqual([
      "LOCK_LOST",
      ["LOCK_LOST"],
      "free",
    ]);
  });

  it("of a worker that traps is free after its time", async () => {
    const process = new Process();
    const trapping = process.worker();
    const other = process.worker().locks();
    void trapping.locks().withLock("a", { ttl: 300 }, () => new Promise(() => undefined));
    const waiter = process.worker();
    void codeOf(waiter.locks().withLock("a", {}, () => 1));
    await process.advance(200);
    trapping.trapped = true;
    // It had made it longer a moment before; who waits in a worker that traps is forgotten after a second.
    waiter.trapped = true;
    const taken = other.withLock("a", {}, () => process.clock.now());
    const trappedAt = process.clock.now();
    await process.advance(2_000);
    expect((await taken) - trappedAt).toBeLessThanOrEqual(1_025);
  });

  it("that was lost while its worker stood still is told to the worker, and its late effect is refused", async () => {
    const process = new Process();
    const stalling = process.worker();
    const other = process.worker();
    const stores = [stalling, other].map(({ context }): Storage<string> => storage<string>(context, "s"));
    const effects: unknown[] = [];
    const late = codeOf(
      stalling.locks().withLock("a", { ttl: 300 }, async (_signal, fence) => {
        await stalling.sleep(90);
        effects.push(await stores[0]?.set("k", "late", { ifFence: fence }));
        return "done";
      }),
    );
    await process.advance(50);
    stalling.stalledUntil = process.clock.now() + 1_000;
    await process.advance(300);
    await other.locks().withLock("a", {}, async (_signal, fence) => {
      effects.push(await stores[1]?.set("k", "new", { ifFence: fence }));
    });
    await process.advance(2_000);
    expect([await late, effects, await stores[1]?.get("k")]).toEqual(["LOCK_LOST", [1, undefined], "new"]);
  });

  it("has higher fencing numbers with every holder", async () => {
    const process = new Process();
    const all = [process.worker().locks(), process.worker().locks()];
    const fences: number[] = [];
    for (let turn = 0; turn < 6; turn++) {
      await all[turn % 2]?.withLock("a", {}, (_signal, fence) => fences.push(fence));
    }
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  });

  it.each<[string, (locked: Locks) => Promise<unknown>]>([
    ["id", (locked) => locked.withLock("x".repeat(1_025), {}, () => 1)],
    ["id", (locked) => locked.tryLock(1 as unknown as string, {}, () => 1)],
    ["ttl", (locked) => locked.withLock("a", { ttl: 49 }, () => 1)],
    ["ttl", (locked) => locked.tryLock("a", { ttl: Number.NaN }, () => 1)],
    ["ttl", (locked) => locked.tryLock("a", { ttl: "25h" }, () => 1)],
    ["wait", (locked) => locked.withLock("a", { wait: -1 }, () => 1)],
    ["wait", (locked) => locked.withLock("a", { wait: "soon" as "1s" }, () => 1)],
  ])("refuses a wrong %s", async (what, call) => {
    await expect(call(new Process().worker().locks())).rejects.toMatchObject({
      code: "LOCK_OPTIONS",
      message: expect.stringContaining(what) as string,
    });
  });

  it.each<[string, LocksOptions]>([
    ["entries", { entries: 0 }],
    ["entries", { entries: 1.5 }],
    ["shared", { shared: "" }],
  ])("is not made with a wrong %s", (what, options) => {
    expect(() => new Process().worker().locks(options)).toThrow(
      expect.objectContaining({ code: "LOCK_OPTIONS", message: expect.stringContaining(what) as string }),
    );
  });
});

it("has one holder at a time, and lets no outdated effect pass, under random schedules with workers that trap and stand still", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new Random(seed);
    const process = new Process();
    const workers = [0, 1, 2].map(() => process.worker());
    /** Who believes to hold the lock, by worker. */
    const holders = new Set<Worker>();
    const effects: number[] = [];
    let depth = 0;
    let runs = 0;
    const made = new Map<Worker, { locked: Locks; store: Storage<number> }>();
    const act = (worker: Worker): void => {
      const of = made.get(worker) ?? {
        locked: worker.locks({ entries: 3 }),
        store: storage<number>(worker.context, "effects", { entries: 3 }),
      };
      made.set(worker, of);
      const { locked, store } = of;
      const work = async (signal: AbortSignal, fence: number): Promise<void> => {
        const others = [...holders].filter((other) => !other.trapped && other.stalledUntil < process.clock.now());
        expect([seed, others.length]).toEqual([seed, 0]);
        holders.add(worker);
        signal.addEventListener("abort", () => holders.delete(worker));
        await worker.sleep(random.below(200));
        if ((await store.set("k", fence, { ifFence: fence })) !== undefined) {
          effects.push(fence);
        }
        holders.delete(worker);
        runs += 1;
      };
      const options = { ttl: 100 + random.below(200), autoRefresh: random.once(2), wait: random.below(3_000) };
      const done = random.once(4) ? locked.tryLock("id", options, work) : locked.withLock("id", options, work);
      done.catch((error: unknown) => {
        holders.delete(worker);
        if (!worker.trapped && !["LOCK_TIMEOUT", "LOCK_LOST"].includes((error as { code: string }).code)) {
          throw error;
        }
      });
    };
    process.meanwhile = () => {
      if (depth === 0 && random.once(100)) {
        depth = 1;
        const worker = workers[random.below(3)]!;
        if (!worker.trapped) {
          act(worker);
        }
        depth = 0;
      }
    };
    for (let step = 0; step < 30; step++) {
      const index = random.below(3);
      const worker = workers[index]!;
      if (random.once(8)) {
        worker.trapped = true;
        workers[index] = process.worker();
      } else if (random.once(8)) {
        worker.stalledUntil = process.clock.now() + random.below(1_000);
      } else if (worker.stalledUntil < process.clock.now()) {
        act(worker);
      }
      await process.advance(random.below(300));
    }
    process.meanwhile = () => undefined;
    expect([seed, effects]).toEqual([seed, [...effects].sort((a, b) => a - b)]);
    expect(runs).toBeGreaterThan(0);
    // Whatever has happened, it is free again.
    await process.advance(10_000);
    expect(
      await process
        .worker()
        .locks({ entries: 3 })
        .tryLock("id", {}, () => "free"),
    ).toBe("free");
  }
});
