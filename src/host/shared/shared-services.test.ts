import { describe, expect, it } from "vitest";
import { MetricType, Status } from "../../abi/constants.js";
import { SharedServices } from "./shared-services.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);

describe("shared data", () => {
  it("are kept by VM and key, with a number that every set changes", () => {
    const { data } = new SharedServices();
    expect(data.get("", "k")).toBeUndefined();
    expect(data.set("", "k", bytes("one"), 0)).toBe(Status.Ok);
    const [value, cas] = data.get("", "k") ?? [];
    expect(text(value)).toBe("one");
    expect(cas).toBeGreaterThan(0);
    data.set("", "k", bytes("two"), 0);
    expect(data.get("", "k")?.[1]).not.toBe(cas);
    expect(data.get("other", "k")).toBeUndefined();
  });

  it("are set over the value that was got only, where a number is given", () => {
    const { data } = new SharedServices();
    data.set("", "k", bytes("one"), 0);
    const cas = data.get("", "k")?.[1] ?? 0;
    expect(data.set("", "k", bytes("two"), cas + 1)).toBe(Status.CasMismatch);
    expect(data.set("", "k", bytes("two"), cas)).toBe(Status.Ok);
    expect(data.set("", "k", bytes("three"), cas)).toBe(Status.CasMismatch);
    expect(text(data.get("", "k")?.[0])).toBe("two");
    expect(data.set("", "new", bytes("any"), 7)).toBe(Status.Ok);
  });

  it("are copies on the way in and out", () => {
    const { data } = new SharedServices();
    const given = bytes("one");
    data.set("", "k", given, 0);
    given.fill(0);
    data.get("", "k")?.[0].fill(0);
    expect(text(data.get("", "k")?.[0])).toBe("one");
  });
});

describe("shared queues", () => {
  it("give back what was put in, oldest first, and tell who registered last", () => {
    const { queues } = new SharedServices();
    const told: string[] = [];
    const queue = queues.register("vm", "q", () => told.push("first"));
    expect(queues.register("vm", "q", (id) => told.push(`second ${id === queue}`))).toBe(queue);
    expect(queues.enqueue(queue, bytes("a"))).toBe(Status.Ok);
    queues.enqueue(queue, bytes("b"));
    expect(told).toEqual(["second true", "second true"]);
    expect([1, 2, 3].map(() => text(queues.dequeue(queue)))).toEqual(["a", "b", undefined]);
  });

  it("are found by VM and name", () => {
    const { queues } = new SharedServices();
    const queue = queues.register("vm", "q", () => undefined);
    expect(queues.resolve("vm", "q")).toBe(queue);
    expect(queues.resolve("", "q")).toBeUndefined();
    expect(queues.register("", "q", () => undefined)).not.toBe(queue);
    expect(queues.enqueue(99, bytes("a"))).toBe(Status.NotFound);
    expect(queues.dequeue(99)).toBeUndefined();
  });

  it("keep what is in them when their reader goes", () => {
    const { queues } = new SharedServices();
    let told = 0;
    const reader = (): void => {
      told++;
    };
    const queue = queues.register("", "q", reader);
    queues.release(reader);
    queues.enqueue(queue, bytes("a"));
    expect(told).toBe(0);
    expect(text(queues.dequeue(queue))).toBe("a");
  });
});

describe("metrics", () => {
  it("count and measure, found again by type and name", () => {
    const { metrics } = new SharedServices();
    const counter = metrics.define(MetricType.Counter, "c") ?? 0;
    const gauge = metrics.define(MetricType.Gauge, "c") ?? 0;
    expect(metrics.define(MetricType.Counter, "c")).toBe(counter);
    metrics.increment(counter, 2);
    metrics.record(counter, 3);
    metrics.record(gauge, 9);
    metrics.increment(gauge, -4);
    expect([metrics.get(counter), metrics.get(gauge)]).toEqual([5, 5]);
    metrics.increment(gauge, -10);
    expect(metrics.get(gauge)).toBe(0);
  });

  it("are listed by name with their values, except histograms", () => {
    const { metrics } = new SharedServices();
    metrics.increment(metrics.define(MetricType.Counter, "a:b") ?? 0, 2);
    metrics.define(MetricType.Histogram, "h");
    metrics.define(MetricType.Gauge, "g");
    expect([...metrics.values()]).toEqual([
      ["a:b", 2],
      ["g", 0],
    ]);
  });

  it("refuse what they cannot do", () => {
    const { metrics } = new SharedServices();
    const counter = metrics.define(MetricType.Counter, "c") ?? 0;
    const histogram = metrics.define(MetricType.Histogram, "h") ?? 0;
    expect(metrics.increment(counter, -1)).toBe(Status.BadArgument);
    expect(metrics.increment(histogram, 1)).toBe(Status.BadArgument);
    expect(metrics.record(histogram, 1)).toBe(Status.Ok);
    expect(metrics.get(histogram)).toBeUndefined();
    expect(metrics.define(9 as MetricType, "x")).toBeUndefined();
    expect([metrics.record(99, 1), metrics.increment(99, 1)]).toEqual([Status.NotFound, Status.NotFound]);
    expect(metrics.get(99)).toBeUndefined();
  });
});
