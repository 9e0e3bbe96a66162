/** Limits how many requests clients may send, by address, caller, header or path. */
import { definePolicy, Flow } from "sluice";
import { getAuthentication } from "sluice/authentication";
import { clientAddress, type RateLimiter, type RateLimitResult, rateLimit } from "sluice/rate-limit";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";

const limitName = v.pipe(v.string(), v.regex(/^[\w.-]+$/, 'expected letters, digits, "_", "-" and "."'));

const whole = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

const tier = v.pipe(
  v.strictObject({
    limit: v.pipe(whole(1_000_000_000), v.description("Requests of a period.")),
    period: v.pipe(
      v.string(),
      v.regex(
        /^(?=.*[1-9])\d+(\.\d+)?(ms|s|m|h|d)$/,
        "expected a time above 0 with its unit, such as 10s, 1m, 1h or 30d",
      ),
      v.description("A time with its unit: `250ms`, `10s`, `1m`, `1h`, `30d`; up to a year."),
    ),
    algorithm: v.optional(
      v.pipe(
        v.picklist(["fixed-window", "sliding-window", "token-bucket"]),
        v.description(
          "`fixed-window`: so much in each period. `sliding-window`: in any period, roughly. `token-bucket`: requests come back one by one, all in a period.",
        ),
      ),
      "fixed-window",
    ),
    aligned: v.optional(
      v.pipe(
        v.boolean(),
        v.description(
          "Fixed windows begin at multiples of the period since 1970 (UTC), not with the first request of a key.",
        ),
      ),
    ),
    burst: v.optional(
      v.pipe(whole(1_000_000_000), v.description("Of a token bucket: requests at once. Without it: `limit`.")),
    ),
    name: v.optional(
      v.pipe(
        limitName,
        v.description(
          "What clients are told it is called. Without it: the limit's name, with several tiers `default-1m`.",
        ),
      ),
    ),
  }),
  v.check(
    ({ algorithm, aligned }) => aligned !== true || algorithm === "fixed-window",
    "expected aligned with fixed windows only",
  ),
  v.check(
    ({ algorithm, burst }) => burst === undefined || algorithm === "token-bucket",
    "expected burst with token buckets only",
  ),
);

const tierList = v.pipe(
  v.array(tier),
  v.minLength(1, "expected at least one tier"),
  v.maxLength(8, "expected at most eight tiers"),
  v.check(
    (tiers) => new Set(tiers.map(({ name, period }) => name ?? period)).size === tiers.length,
    "expected tiers with different names, or periods",
  ),
);

export default definePolicy({
  config: described(
    v.strictObject({
      tiers: v.pipe(
        tierList,
        v.description("Limits, all of which must allow a request; it counts in all of them or in none."),
      ),
      slaTiers: v.optional(
        v.pipe(
          v.record(limitName, tierList),
          v.description(
            "Limits in the place of `tiers` for callers of an SLA tier, such as `gold`. A policy before tells the tier, as `api-key` does.",
          ),
        ),
        {},
      ),
      key: v.optional(
        v.pipe(
          v.array(
            v.pipe(
              v.string(),
              v.regex(
                /^(client-address|caller|path|method|header:[!#$%&'*+\-.^_`|~0-9A-Za-z]+)$/,
                "expected client-address, caller, path, method or header:<name>",
              ),
            ),
          ),
          v.description(
            "Whose requests are counted together: those that have all of this in common. `client-address`, `caller` (the application, or the user, that a policy before has authenticated), `path` (without the query), `method`, `header:x-tenant`. An empty list: all.",
          ),
        ),
        ["client-address"],
      ),
      ipv6Prefix: v.optional(
        v.pipe(
          v.number(),
          v.integer(),
          v.minValue(16),
          v.maxValue(128),
          v.description("How many bits of an IPv6 address count: a client has a whole network of them."),
        ),
        64,
      ),
      name: v.optional(v.pipe(limitName, v.description("The limit's name, for clients and in metrics.")), "default"),
      uncharged: v.optional(
        v.pipe(
          v.array(v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599))),
          v.description("Statuses of responses whose requests are not counted after all."),
        ),
        [],
      ),
      fields: v.optional(
        v.pipe(
          v.array(v.picklist(["ratelimit", "x-ratelimit"])),
          v.description(
            "What clients are told, beside `Retry-After`. `ratelimit`: `RateLimit` and `RateLimit-Policy`. `x-ratelimit`: `X-RateLimit-Limit`, `-Remaining` and `-Reset`.",
          ),
        ),
        ["ratelimit"],
      ),
      fieldsOn: v.optional(
        v.pipe(
          v.picklist(["all", "refusals"]),
          v.description("Whether responses to requests that pass have these fields, too."),
        ),
        "all",
      ),
      countRefused: v.optional(
        v.pipe(v.boolean(), v.description("Requests that are refused count, too: who goes on trying stays refused.")),
        false,
      ),
      mode: v.optional(
        v.pipe(
          v.picklist(["enforce", "report"]),
          v.description("`report`: counts, logs what it would refuse, and lets it pass."),
        ),
        "enforce",
      ),
      entries: v.optional(
        v.pipe(
          whole(1_048_576),
          v.description(
            "For how many keys there is room. Whoever makes the limit first decides, until the process ends.",
          ),
        ),
        65_536,
      ),
      onFull: v.optional(
        v.pipe(
          v.picklist(["refuse", "admit"]),
          v.description(
            "What becomes of a new key where there is no room. `refuse`: it begins with the use of one that had to go. `admit`: with nothing.",
          ),
        ),
        "refuse",
      ),
      shared: v.optional(
        v.pipe(
          v.string(),
          v.minLength(1, "expected a name"),
          v.description("A name under which all uses of this policy that have it count together."),
        ),
      ),
    }),
    "Limits how many requests clients may send, and tells them.",
    { tiers: [{ limit: 100, period: "1m" }] },
  ),

  configure: (context) => {
    const { config } = context;
    const { name, slaTiers } = config;
    const ofSlaTier = ([sla, tiers]: [string, typeof config.tiers]) =>
      [sla, rateLimit(context, `${name}-${sla}`, { ...config, tiers })] as const;
    return {
      limiter: rateLimit(context, name, config),
      slaLimiters: new Map(Object.entries(slaTiers).map(ofSlaTier)),
      /** What limiters of SLA tiers have decided. */
      deciders: new WeakMap<RateLimitResult, RateLimiter>(),
    };
  },

  async onRequest(request, context) {
    const { config, properties, resources, logger } = context;
    const { slaLimiters, deciders } = resources;
    const caller = (): string | undefined => {
      const { clientId, principal } = getAuthentication(context) ?? {};
      return clientId ?? principal;
    };
    const key = config.key.map((part) => {
      switch (part) {
        case "client-address":
          return clientAddress(properties, config);
        case "caller":
          return caller();
        case "path":
          return request.pathname;
        case "method":
          return request.method;
        default:
          return request.headers.get(part.slice("header:".length));
      }
    });
    const sla = slaLimiters.size === 0 ? undefined : getAuthentication(context)?.properties["slaTier"];
    const slaLimiter = slaLimiters.get(sla as string);
    const result = await (slaLimiter ?? resources.limiter).take(key);
    if (slaLimiter !== undefined) {
      deciders.set(result, slaLimiter);
    }
    if (result.allowed) {
      return Flow.Continue(result);
    }
    logger.info("refused", { limit: config.name });
    reportViolation(context);
    return result.refuse();
  },

  async onResponse(response, { config, requestData, resources: { limiter, deciders } }) {
    if (requestData.kind !== "continue") {
      return;
    }
    if (config.fieldsOn === "all") {
      requestData.value.addTo(response.headers);
    }
    if (config.uncharged.includes(response.status)) {
      await (deciders.get(requestData.value) ?? limiter).refund(requestData.value);
    }
  },
});
