import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConnectionLimits, type RefusedConnections } from "./connection-limits.js";

const refused: RefusedConnections[] = [];

function limits(): ConnectionLimits {
  return new ConnectionLimits({ connections: 2 }, (each) => refused.push(each));
}

beforeEach(() => {
  vi.useFakeTimers();
  refused.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe("refused connections", () => {
  it("are told at once, and those that follow every ten seconds, without a further one", () => {
    const counted = limits();
    for (const clientIp of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
      counted.refuse("connections", 2, clientIp);
    }
    expect(refused).toEqual([{ limit: "connections", value: 2, count: 1, clientIp: "10.0.0.1" }]);
    vi.advanceTimersByTime(10_000);
    expect(refused.slice(1)).toEqual([{ limit: "connections", value: 2, count: 2, clientIp: "10.0.0.3" }]);
    counted.refuse("connections", 2, "10.0.0.4");
    vi.advanceTimersByTime(20_000);
    expect(refused.slice(2)).toEqual([{ limit: "connections", value: 2, count: 1, clientIp: "10.0.0.4" }]);
  });

  it("are told at once again when none were refused for a while", () => {
    const counted = limits();
    counted.refuse("connections", 2, "10.0.0.1");
    vi.advanceTimersByTime(10_000);
    counted.refuse("connections", 2, "10.0.0.2");
    expect(refused.map(({ count, clientIp }) => [count, clientIp])).toEqual([
      [1, "10.0.0.1"],
      [1, "10.0.0.2"],
    ]);
  });

  it("are counted for each limit", () => {
    const counted = limits();
    counted.refuse("connections", 2, "10.0.0.1");
    counted.refuse("connectionsPerClient", 1, "10.0.0.1");
    expect(refused.map(({ limit }) => limit)).toEqual(["connections", "connectionsPerClient"]);
  });

  it("are told when the gateway stops", () => {
    const counted = limits();
    counted.refuse("connections", 2, "10.0.0.1");
    counted.refuse("connections", 2, "10.0.0.2");
    counted.close();
    expect(refused.map(({ count }) => count)).toEqual([1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
