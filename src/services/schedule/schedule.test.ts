import { expect, it } from "vitest";
import { Process, Worker } from "../../../test/support/process-of-workers.js";
import { Random } from "../../testing/random.js";
import { every } from "./index.js";

/** Milliseconds that a due run of a singleton begins late at most, when the worker that has begun one is gone: as docs/services/schedule.md says. */
const latest = 6_000;
const period = 10_000;

it("a singleton's next run is begun in time by another worker when one traps in a run", async () => {
  const process = new Process();
  const workers = [0, 1, 2].map(() => new Worker(process));
  const begun: [time: number, worker: number][] = [];
  const start = process.clock.now();
  for (const [index, worker] of workers.entries()) {
    every(
      worker.context,
      4_000,
      async () => {
        begun.push([process.clock.now() - start, index]);
        await worker.sleep(1_000);
      },
      { singleton: "process" },
    );
  }
  await process.advance(4_500);
  const [[, first] = [0, 0]] = begun;
  workers[first]!.trapped = true;
  await process.advance(20_000);
  expect(begun[1]?.[0]).toBeLessThanOrEqual(4_000 + 4_000 + latest);
  expect(begun.slice(1).every(([, index]) => index !== first)).toBe(true);
});

it("a singleton is done once in a period, by one worker, and never late beyond what is told, while workers trap and stand still", async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = new Random(seed);
    const process = new Process();
    const running = new Set<Worker>();
    const begun: number[] = [];
    const fences: number[] = [];
    const begin = (): Worker => {
      const worker = new Worker(process);
      every(
        worker.context,
        period,
        async (signal, fence = 0) => {
          const others = [...running].filter((other) => !other.trapped && other.stalledUntil < process.clock.now());
          expect([seed, others.length]).toEqual([seed, 0]);
          begun.push(process.clock.now());
          fences.push(fence);
          running.add(worker);
          signal.addEventListener("abort", () => running.delete(worker));
          await worker.sleep(random.below(4_000));
          running.delete(worker);
        },
        { singleton: "process" },
      );
      return worker;
    };
    const workers = [begin(), begin(), begin()];
    for (let step = 0; step < 60; step++) {
      const index = random.below(workers.length);
      // One is always there: of workers that are all gone nobody takes over.
      if (index > 0 && random.once(3)) {
        workers[index]!.trapped = true;
        workers[index] = begin();
      } else if (index > 0 && random.once(3)) {
        workers[index]!.stalledUntil = process.clock.now() + random.below(8_000);
      }
      await process.advance(random.below(6_000));
    }
    const pauses = begun.slice(1).map((time, index) => time - begun[index]!);
    expect([seed, Math.min(...pauses) >= period, Math.max(...pauses) <= period + latest]).toEqual([seed, true, true]);
    expect([seed, fences]).toEqual([seed, [...new Set(fences)].sort((a, b) => a - b)]);
  }
});
