/** Quotas: how many requests a key may make in a window of time. All workers of a gateway count together. */
import {
  type ExchangeContext,
  exchangePort,
  type InstanceContext,
  type InstancePort,
  instancePort,
  type SharedData,
  Status,
  sharedData,
} from "sluice/service";

/** What a quota is made with. */
export interface QuotaOptions {
  /** Requests of a key in one window. */
  readonly limit: number;
  /** Milliseconds; default one minute. */
  readonly window?: number | undefined;
}

/** A quota of one use of a policy. */
export interface Quota {
  /** Counts a request of that key. false: the quota is used up until the next window. */
  take(key: string): boolean;
}

/**
 * A quota. Make it in `configure`.
 *
 * @example configure: (context) => ({ perClient: quota(context, { limit: 100 }) })
 * @throws RangeError for a limit or a window that is none
 */
export function quota(context: InstanceContext, { limit, window = 60_000 }: QuotaOptions): Quota {
  const port = instancePort(context, "quota()");
  for (const [name, value] of Object.entries({ limit, window })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`quota(): ${name}: expected a whole number from 1 on, got ${String(value)}.`);
    }
  }
  const data = sharedData(port);
  return { take: (key) => take(port, data, `acme-quota/${key}`, limit, window) };
}

function take(port: InstancePort, data: SharedData, key: string, limit: number, window: number): boolean {
  const now = Math.floor(port.now() / window);
  // Others may write at the same time; who gives up after some tries lets the request pass.
  for (let tries = 0; tries < 10; tries++) {
    const [bytes, cas] = data.get(key) ?? [];
    const [since, count = 0] = bytes === undefined ? [] : new TextDecoder().decode(bytes).split(" ").map(Number);
    const taken = since === now ? count : 0;
    if (taken >= limit) {
      return false;
    }
    const next = new TextEncoder().encode(`${now} ${taken + 1}`);
    if (data.set(key, next, cas ?? 0) === Status.Ok) {
      return true;
    }
  }
  port.logger.warn("quota: too many write at the same time; this request was not counted");
  return true;
}

const property = ["acme_quota_cost"];

/** Notes what the exchange costs, for all policies that come to see it. No effect when the exchange is over. */
export function noteCost(context: ExchangeContext, cost: number): void {
  const text = new TextEncoder().encode(String(cost));
  exchangePort(context, "noteCost()").exchange()?.setProperty(property, text);
}

/** What was noted of the exchange; undefined for nothing. */
export function notedCost(context: ExchangeContext): number | undefined {
  const bytes = exchangePort(context, "notedCost()").exchange()?.getProperty(property);
  return bytes === undefined ? undefined : Number(new TextDecoder().decode(bytes));
}
