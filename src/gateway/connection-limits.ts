/** How many connections each client may have, and what is told of those that are refused. */
import type { ListenerLimits } from "../config/types.js";

/** At most so often is told that connections are refused, in milliseconds: a flood of connections must not be one of lines. */
const reportMilliseconds = 10_000;

/** Connections that were closed at once. */
export interface RefusedConnections {
  /** The key in `listener.limits` that is reached. */
  limit: keyof ListenerLimits;
  value: number;
  /** How many, for this key, since this was told last. */
  count: number;
  /** The address that the last one came from. */
  clientIp: string;
}

export class ConnectionLimits {
  readonly #limits: ListenerLimits;
  readonly #onRefused: (refused: RefusedConnections) => void;
  /** By address. */
  readonly #connections = new Map<string, number>();
  readonly #reports = new Map<keyof ListenerLimits, { count: number; toldAt: number }>();

  constructor(limits: ListenerLimits, onRefused: (refused: RefusedConnections) => void) {
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  /** Whether a client may have one connection more. If so, it is counted until `release`. */
  take(clientIp: string): boolean {
    const count = this.#connections.get(clientIp) ?? 0;
    const { connectionsPerClient } = this.#limits;
    if (connectionsPerClient !== undefined && count >= connectionsPerClient) {
      this.refuse("connectionsPerClient", connectionsPerClient, clientIp);
      return false;
    }
    this.#connections.set(clientIp, count + 1);
    return true;
  }

  release(clientIp: string): void {
    const count = this.#connections.get(clientIp) ?? 0;
    if (count > 1) {
      this.#connections.set(clientIp, count - 1);
    } else {
      this.#connections.delete(clientIp);
    }
  }

  /** Counts a refused connection, and tells of it unless that was done a moment ago. */
  refuse(limit: keyof ListenerLimits, value: number, clientIp: string): void {
    const now = performance.now();
    const report = this.#reports.get(limit) ?? { count: 0, toldAt: Number.NEGATIVE_INFINITY };
    this.#reports.set(limit, report);
    report.count += 1;
    if (now - report.toldAt >= reportMilliseconds) {
      this.#onRefused({ limit, value, count: report.count, clientIp });
      report.count = 0;
      report.toldAt = now;
    }
  }
}
