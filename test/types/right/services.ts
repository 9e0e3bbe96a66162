/** The caller's authentication, and metrics. */

import type { JWTPayload } from "jose";
import { definePolicy } from "sluice";
import {
  type Authentication,
  clearAuthentication,
  getAuthentication,
  type JsonObject,
  setAuthentication,
} from "sluice/authentication";
import { type Counter, counter, type Gauge, gauge, type Histogram, histogram, type Labelled } from "sluice/metrics";
import { reportedViolation, reportViolation, type Violation } from "sluice/violations";
import { exactType } from "./exact-type.js";

interface Claims {
  scopes: string[];
}

export const caller = definePolicy({
  onRequest(_request, context) {
    const payload: JWTPayload = { sub: "ada" };
    setAuthentication(context, { principal: payload.sub, clientId: undefined, properties: payload });
    setAuthentication(context, {});
    clearAuthentication(context);
    exactType<Authentication | undefined>()(getAuthentication(context));
    exactType<JsonObject | undefined>()(getAuthentication(context)?.properties);
    exactType<string | undefined>()(getAuthentication(context)?.principal);
    exactType<Claims | undefined>()(getAuthentication<Claims>(context)?.properties);
  },
  onResponse(_response, context) {
    if (reportedViolation(context) === undefined) {
      reportViolation(context, { clientId: getAuthentication(context)?.clientId });
    }
    exactType<Violation | undefined>()(reportedViolation(context));
  },
  onDone(_exchange, context) {
    const { logger } = context;
    logger.info("done", { caller: getAuthentication(context)?.principal });
  },
});

export const counting = definePolicy({
  configure(context) {
    exactType<Gauge>()(gauge(context, "waiting"));
    exactType<Histogram>()(histogram(context, "bytes"));
    exactType<Labelled<Histogram, "a" | "b">>()(histogram(context, "times", { labels: ["a", "b"] }));
    return { requests: counter(context, "requests"), rejected: counter(context, "rejected", { labels: ["reason"] }) };
  },
  onRequest(_request, context) {
    const { resources } = context;
    exactType<Counter>()(resources.requests);
    exactType<Labelled<Counter, "reason">>()(resources.rejected);
    resources.requests.increment();
    exactType<Counter>()(resources.rejected.with({ reason: "expired" }));
    gauge(context, "waiting").add(-1);
    gauge(context, "waiting").set(0);
  },
  onDone({ durations }, context) {
    histogram(context, "bytes").record(durations.total);
  },
});
