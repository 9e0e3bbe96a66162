/** How many connections each client may have, and what is told of those that are refused. */
import type { ListenerLimits } from "../config/types.js";

/** How often it is told at most that connections are refused, in milliseconds: a flood of connections must not be one of lines. */
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
  /** What is to be told when the time for it has come. */
  readonly #reports = new Map<keyof ListenerLimits, { refused: RefusedConnections; timer: NodeJS.Timeout }>();

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

  /** Counts a refused connection, and tells of it: at once, or with others when the last line is old enough. */
  refuse(limit: keyof ListenerLimits, value: number, clientIp: string): void {
    const report = this.#reports.get(limit);
    if (report === undefined) {
      this.#tell({ limit, value, count: 1, clientIp });
    } else {
      report.refused = { limit, value, count: report.refused.count + 1, clientIp };
    }
  }

  /** Tells what has not been told yet. */
  close(): void {
    for (const { refused, timer } of this.#reports.values()) {
      clearTimeout(timer);
      if (refused.count > 0) {
        this.#onRefused(refused);
      }
    }
    this.#reports.clear();
  }

  #tell(refused: RefusedConnections): void {
    this.#onRefused(refused);
    const timer = setTimeout(() => {
      const later = this.#reports.get(refused.limit)?.refused;
      this.#reports.delete(refused.limit);
      if (later !== undefined && later.count > 0) {
        this.#tell(later);
      }
    }, reportMilliseconds);
    timer.unref();
    this.#reports.set(refused.limit, { refused: { ...refused, count: 0 }, timer });
  }
}
