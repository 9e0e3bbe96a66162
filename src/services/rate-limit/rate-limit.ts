/** What a limiter can do. */
import type { Response } from "../../policy/response.js";

/** Counts what keys use, for all workers of a gateway, and tells who has used too much. */
export interface RateLimiter {
  /**
   * Counts `amount` for a key where all tiers allow it, else nothing (`countRefused`: in any case).
   *
   * @param key whose use it is; the parts of a list are kept apart, and one that is missing is another one than ""
   * @param amount a whole number from 1 on, default 1
   * @throws SluiceError `RATE_LIMIT_OPTIONS`
   */
  take(key: LimitKey, amount?: number): Promise<RateLimitResult>;
  /**
   * Tells what `take` would, and counts nothing.
   * @throws SluiceError `RATE_LIMIT_OPTIONS`
   */
  peek(key: LimitKey, amount?: number): Promise<RateLimitResult>;
  /**
   * Counts what has been used already, also beyond the limit: the tokens that a response says, say. Later requests are refused until the
   * window is over, or what is owed has come back.
   *
   * @param amount a whole number from 0 on
   * @returns what is left; `allowed`: it was within the limit
   * @throws SluiceError `RATE_LIMIT_OPTIONS`
   */
  charge(key: LimitKey, amount: number): Promise<RateLimitResult>;
  /**
   * Gives back what `take` or `charge` has counted, where it still counts, and once only. What was not counted is not given back.
   */
  refund(result: RateLimitResult): Promise<void>;
}

/** Whose use is counted: a text, or several, which are never taken for other ones that would be the same when joined. */
export type LimitKey = string | readonly (string | null | undefined)[];

/** What a limiter has decided. */
export interface RateLimitResult {
  /** The request may go on; always in the mode `report`. */
  readonly allowed: boolean;
  /** A tier does not allow it. */
  readonly exceeded: boolean;
  /** Units that are left, of the tier that has the fewest. */
  readonly remaining: number;
  /** Milliseconds until it may be tried again; 0: now; undefined: never, since the amount is above a limit. */
  readonly retryAfter: number | undefined;
  /** Tier by tier, in their order. */
  readonly tiers: readonly TierState[];
  /**
   * The answer to a request that is refused: 429 with `retry-after`, the fields of the limiter, and a body of `application/problem+json`
   * (RFC 9457) of the type `quota-exceeded`.
   */
  refuse(): Response;
  /** What `refuse` and `addTo` send: `retry-after` where a tier does not allow it, and the fields that the limiter has. */
  readonly fields: [name: string, value: string][];
  /** Writes the fields to the response to a request that was in the limits; nothing in the mode `report`. */
  addTo(headers: EditableHeaders): void;
}

/** How a tier is used. */
export interface TierState {
  /** What clients are told it is called. */
  readonly name: string;
  /** Units of a period; of a token bucket: at once. */
  readonly limit: number;
  /** Units that are left. */
  readonly remaining: number;
  /** Milliseconds until the window ends, or all units are there again; 0: nothing is used. */
  readonly resetAfter: number;
  /** It does not allow the amount. */
  readonly exceeded: boolean;
}

/** Where fields are written: the headers of a response. */
export interface EditableHeaders {
  /** In place of what is there. */
  set(name: string, value: string): void;
  /** Beside what is there. */
  append(name: string, value: string): void;
}

/** One limit. */
export interface TierOptions {
  /** Units of a period; a whole number from 1 on. */
  readonly limit: number;
  /** Milliseconds, or a text such as "250ms", "10s", "1m", "1h", "30d", which a configuration may give; above 0, up to a year. */
  readonly period: number | string;
  /**
   * `fixed-window` (default): the limit in each period, of which the first begins with the first use. `sliding-window`: in any period, where
   * uses of the period before count for the part of it that is still in. `token-bucket`: units come back one by one, all of them in a period.
   */
  readonly algorithm?: "fixed-window" | "sliding-window" | "token-bucket" | undefined;
  /** Of fixed windows: they begin at multiples of the period since 1970 (UTC), for all keys at the same time. */
  readonly aligned?: boolean | undefined;
  /** Of token buckets: how many units there can be at once; default: the limit. */
  readonly burst?: number | undefined;
  /** What clients are told it is called: letters, digits, `_`, `-`, `.`. Default: the limiter's name; with several tiers that and the period. */
  readonly name?: string | undefined;
}

/** What a limiter is made with. */
export interface RateLimitOptions {
  /** 1 to 8; all must allow what is taken. */
  readonly tiers: readonly TierOptions[];
  /** For how many keys there is room at the same time; default 65,536. */
  readonly entries?: number | undefined;
  /**
   * What becomes of a key that is new where there is no room. `refuse` (default): it begins with the use of a key that had to go, so that
   * nobody gets more than the limit, and may be refused early. `admit`: it begins with nothing.
   */
  readonly onFull?: "refuse" | "admit" | undefined;
  /** A name under which all uses of policies that give it count together. */
  readonly shared?: string | undefined;
  /** Whether what is refused counts all the same, so that who goes on trying stays refused; default false. */
  readonly countRefused?: boolean | undefined;
  /** `report`: counts, logs what it would refuse, and lets it pass. Default `enforce`. */
  readonly mode?: "enforce" | "report" | undefined;
  /**
   * What clients are told, on refusals and by `addTo`. `ratelimit` (default): `RateLimit` and `RateLimit-Policy`
   * (draft-ietf-httpapi-ratelimit-headers-11). `x-ratelimit`: `X-RateLimit-Limit`, `-Remaining` and `-Reset`, in seconds from now.
   */
  readonly fields?: readonly ("ratelimit" | "x-ratelimit")[] | undefined;
}
