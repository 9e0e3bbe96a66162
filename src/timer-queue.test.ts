import { expect, it } from "vitest";
import { Random } from "./testing/random.js";
import { TimerQueue } from "./timer-queue.js";

function drain(queue: TimerQueue, now: number): void {
  let callback: (() => void) | undefined;
  while ((callback = queue.take(now)) !== undefined) {
    callback();
  }
}

it("gives timers in the order in which they fall due, and in that of their making where they fall due at once", () => {
  const random = new Random(7);
  const queue = new TimerQueue();
  const ran: [due: number, order: number][] = [];
  for (let order = 0; order < 2_000; order++) {
    const due = random.below(100);
    queue.add(due, () => ran.push([due, order]));
  }
  expect(queue.due).toBe(0);
  drain(queue, 49);
  expect(Math.max(...ran.map(([due]) => due))).toBe(49);
  drain(queue, 100);
  expect(ran).toHaveLength(2_000);
  expect(ran).toEqual(ran.toSorted(([due, order], [otherDue, otherOrder]) => due - otherDue || order - otherOrder));
  expect([queue.size, queue.due]).toEqual([0, undefined]);
});

it("takes out those that are cancelled, wherever they are, and nothing else", () => {
  const random = new Random(11);
  const queue = new TimerQueue();
  const ran: number[] = [];
  const cancels = Array.from({ length: 1_000 }, (_, index) => queue.add(random.below(1_000), () => ran.push(index)));
  const cancelled = new Set(Array.from({ length: 600 }, () => random.below(1_000)));
  for (const index of cancelled) {
    cancels[index]?.();
    cancels[index]?.();
  }
  expect(queue.size).toBe(1_000 - cancelled.size);
  drain(queue, 1_000);
  expect(ran.toSorted((a, b) => a - b)).toEqual(
    cancels.map((_, index) => index).filter((index) => !cancelled.has(index)),
  );
  cancels[0]?.();
  expect(queue.size).toBe(0);
});

it("compares each timer with a few others only, however many there are", () => {
  const queue = new TimerQueue();
  let compared = 0;
  const counted = (due: number): number =>
    ({
      valueOf: () => {
        compared++;
        return due;
      },
    }) as unknown as number;
  const count = 4_096;
  for (let index = 0; index < count; index++) {
    queue.add(counted(count - index), () => undefined);
  }
  drain(queue, count);
  expect(queue.size).toBe(0);
  // Some 2 × 12 levels up and down, and each comparison may read a time twice.
  expect(compared / count).toBeLessThan(100);
});

it("has each timer once after code was ended by force while two were exchanged", () => {
  const queue = new TimerQueue();
  const ran: number[] = [];
  for (const due of [1, 2, 3]) {
    queue.add(due, () => ran.push(due));
  }
  // Ends the exchange where the second of the two places is written, as an interrupt does.
  const { heap } = queue as unknown as { heap: object[] };
  let writes = 0;
  const interrupted = new Proxy(heap, {
    set(target, key, value: unknown) {
      if (/^\d+$/.test(String(key)) && ++writes === 3) {
        throw new Error("interrupted");
      }
      return Reflect.set(target, key, value);
    },
  });
  (queue as unknown as { heap: object[] }).heap = interrupted;
  expect(() => queue.add(0, () => ran.push(0))).toThrow("interrupted");
  (queue as unknown as { heap: object[] }).heap = heap;
  queue.repair();
  drain(queue, 3);
  expect(ran).toEqual([0, 1, 2, 3]);
  expect(queue.size).toBe(0);
});
