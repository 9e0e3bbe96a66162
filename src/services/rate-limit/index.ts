/**
 * Limits on how much clients use: requests, bytes, tokens. All workers of a gateway count together, in a table of a fixed size; nobody gets
 * more than a limit, whatever keys clients invent.
 */
import { type InstanceContext, instancePort } from "../../policy/service.js";
import { limitTable, TakeMode } from "../../state/limit-table.js";
import { counter } from "../metrics/index.js";
import { checkedTiers } from "./options.js";
import type { RateLimiter, RateLimitOptions } from "./rate-limit.js";
import { TableLimiter } from "./table-limiter.js";

export { type ClientAddressOptions, clientAddress } from "./client-address.js";
export type {
  EditableHeaders,
  LimitKey,
  RateLimiter,
  RateLimitOptions,
  RateLimitResult,
  TierOptions,
  TierState,
} from "./rate-limit.js";

/**
 * A limiter. Make it in `configure`: then its memory is there, or known to be missing, before a request comes.
 *
 * @example
 * configure: (context) => ({ limit: rateLimit(context, "default", { tiers: [{ limit: 100, period: "1m" }] }) }),
 * async onRequest(request, { properties, resources: { limit } }) {
 *   const result = await limit.take(clientAddress(properties));
 *   return result.allowed ? undefined : result.refuse();
 * }
 * @param name of the limiter, in its use of a policy or under the shared name, and of what clients are told
 * @throws SluiceError `RATE_LIMIT_OPTIONS`, `STATE_UNAVAILABLE`, `SERVICE_CONTEXT`
 */
export function rateLimit(context: InstanceContext, name: string, options: RateLimitOptions): RateLimiter {
  const port = instancePort(context, "rateLimit()");
  const tiers = checkedTiers(name, options);
  const { entries, shared, onFull, countRefused = false, mode, fields = ["ratelimit"] } = options;
  const table = limitTable(port, name, { tiers, entries, shared });
  const report = mode === "report";
  const facts = {
    tiers,
    report,
    draftFields: fields.includes("ratelimit"),
    xFields: fields.includes("x-ratelimit"),
    policy: tiers.map(({ policy }) => policy).join(", "),
  };
  const labels = ["limit"] as const;
  const counters = {
    exceeded: counter(context, report ? "rate_limit_reported" : "rate_limit_refused", { labels }).with({ limit: name }),
    early: counter(context, "rate_limit_early_refusals", { labels }).with({ limit: name }),
  };
  const admit = onFull === "admit" ? TakeMode.Admit : 0;
  return new TableLimiter(port, name, table, facts, counters, countRefused, admit);
}
