import { describe, expect, it } from "vitest";
import type { Hostcalls } from "../abi/port.js";
import { HostAccess } from "./host-access.js";
import { Timers } from "./timers.js";

/** A host of which nothing but clock and tick is used. */
class TickHost {
  now = 1_000;
  period = 0;
  readonly access = new HostAccess(
    {
      getCurrentTimeMilliseconds: () => this.now,
      setTickPeriodMilliseconds: (period: number) => {
        this.period = period;
        return 0;
      },
      setEffectiveContext: () => 0,
    } as unknown as Hostcalls,
    {},
  );
}

describe("timers over one tick", () => {
  it("run in the order in which they are due, never early", () => {
    const host = new TickHost();
    const timers = new Timers(host.access, 1);
    const ran: string[] = [];
    timers.schedule(30, () => ran.push("c"));
    timers.schedule(10, () => ran.push("a"));
    timers.schedule(20, () => ran.push("b"));
    expect(host.period).toBe(10);
    host.now += 9;
    timers.onTick();
    expect(ran).toEqual([]);
    host.now += 11;
    timers.onTick();
    expect(ran).toEqual(["a", "b"]);
    expect(host.period).toBe(10);
    host.now += 10;
    timers.onTick();
    expect(ran).toEqual(["a", "b", "c"]);
    expect(host.period).toBe(0);
  });

  it("go on after a tick in which the last one was set and cancelled", () => {
    const host = new TickHost();
    const timers = new Timers(host.access, 1);
    const ran: string[] = [];
    timers.schedule(10, () => {
      ran.push("first");
      const cancel = timers.schedule(5, () => ran.push("cancelled"));
      cancel();
    });
    host.now += 10;
    timers.onTick();
    timers.schedule(10, () => ran.push("second"));
    expect(host.period).toBe(10);
    host.now += 10;
    timers.onTick();
    expect(ran).toEqual(["first", "second"]);
  });

  it("do not run once cancelled, however many there are", () => {
    const host = new TickHost();
    const timers = new Timers(host.access, 1);
    const ran: number[] = [];
    for (let index = 0; index < 1_000; index++) {
      const cancel = timers.schedule(30_000, () => ran.push(index));
      cancel();
      if (index % 100 === 0) {
        timers.schedule(10, () => ran.push(index + 1));
      }
    }
    host.now += 30_000;
    timers.onTick();
    expect(ran).toEqual([1, 101, 201, 301, 401, 501, 601, 701, 801, 901]);
    expect(host.period).toBe(0);
  });

  it("may be added and cancelled by those that run", () => {
    const host = new TickHost();
    const timers = new Timers(host.access, 1);
    const ran: string[] = [];
    const cancelSecond = { call: (): void => undefined };
    timers.schedule(5, () => {
      ran.push("first");
      cancelSecond.call();
      timers.schedule(0, () => ran.push("added"));
    });
    cancelSecond.call = timers.schedule(6, () => ran.push("second"));
    host.now += 10;
    timers.onTick();
    expect(ran).toEqual(["first", "added"]);
  });

  it("are all forgotten at the end", () => {
    const host = new TickHost();
    const timers = new Timers(host.access, 1);
    timers.schedule(5, () => {
      throw new Error("ran");
    });
    timers.close();
    expect(host.period).toBe(0);
    host.now += 10;
    timers.onTick();
  });
});
