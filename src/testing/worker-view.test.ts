import { expect, it } from "vitest";
import { MetricType } from "../abi/constants.js";
import { SharedServices } from "../host/shared/shared-services.js";
import { Random } from "./random.js";
import { OneStep, Scheduler } from "./scheduler.js";
import { VirtualClock } from "./virtual-clock.js";
import { clockOfWorker, sharedByWorkers } from "./worker-view.js";

/** Some seed of these has it happen. */
const seeds = Array.from({ length: 30 }, (_, index) => index + 1);

it("lets another worker act before and after what one does to anything that all share", () => {
  const seen = new Set<string>();
  for (const seed of seeds) {
    const scheduler = new Scheduler(new VirtualClock(), new Random(seed));
    const shared = new SharedServices();
    const { metrics } = sharedByWorkers(shared, 0, scheduler);
    const gauge = shared.metrics.define(MetricType.Gauge, "g")!;
    let found: number | undefined;
    scheduler.add(
      new OneStep(1, () => {
        found = shared.metrics.get(gauge);
      }),
    );
    metrics.increment(gauge, 1);
    seen.add(String(found));
  }
  expect([...seen].sort()).toEqual(["0", "1", "undefined"]);
});

it("never goes back into a worker that is in a hostcall", () => {
  for (const seed of seeds) {
    const scheduler = new Scheduler(new VirtualClock(), new Random(seed));
    const inside: number[] = [];
    const repeats: number[] = [];
    const views = [0, 1, 2].map((worker) => sharedByWorkers(new SharedServices(), worker, scheduler));
    for (const worker of [0, 0, 0, 1, 1, 1, 2, 2, 2]) {
      scheduler.add(
        new OneStep(worker, () => {
          inside.push(worker);
          repeats.push(inside.length - new Set(inside).size);
          views[worker]!.data.get("", "key");
          inside.pop();
        }),
      );
    }
    inside.push(0);
    views[0]!.data.get("", "key");
    expect(repeats.every((repeated) => repeated === 0)).toBe(true);
  }
});

it("throws what a step in a hostcall throws where the test waits, not in the hostcall", async () => {
  for (const seed of seeds) {
    const scheduler = new Scheduler(new VirtualClock(), new Random(seed));
    const { data } = sharedByWorkers(new SharedServices(), 0, scheduler);
    scheduler.add(
      new OneStep(1, () => {
        throw new Error("a defect");
      }),
    );
    expect(data.get("", "key")).toBeUndefined();
    await expect(scheduler.settle()).rejects.toThrow("a defect");
  }
});

it("forgets a timer that is cancelled when it has fallen due", async () => {
  const scheduler = new Scheduler(new VirtualClock(), new Random(1));
  const ran: string[] = [];
  const clock = clockOfWorker(0, scheduler);
  const cancels = ["a", "b"].map((name, index): (() => void) =>
    clock.schedule(5, () => {
      ran.push(name);
      cancels[1 - index]!();
    }),
  );
  await scheduler.advance(10);
  expect(ran).toHaveLength(1);
});
