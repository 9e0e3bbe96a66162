/** The caller's authentication, and metrics. */

import type { JWTPayload } from "jose";
import {
  type Authentication,
  type Counter,
  definePolicy,
  type Gauge,
  type Histogram,
  type JsonObject,
  type Labelled,
  type Violation,
} from "sluice";
import { exactType } from "./exact-type.js";

interface Claims {
  scopes: string[];
}

export const caller = definePolicy({
  onRequest(_request, { authentication }) {
    const payload: JWTPayload = { sub: "ada" };
    authentication.set({ principal: payload.sub, clientId: undefined, properties: payload });
    authentication.set({});
    authentication.clear();
    exactType<Authentication | undefined>()(authentication.get());
    exactType<JsonObject | undefined>()(authentication.get()?.properties);
    exactType<string | undefined>()(authentication.get()?.principal);
    exactType<Claims | undefined>()(authentication.get<Claims>()?.properties);
  },
  onResponse(_response, { authentication, violations }) {
    if (violations.reported === undefined) {
      violations.report({ clientId: authentication.get()?.clientId });
    }
    exactType<Violation | undefined>()(violations.reported);
  },
  onDone(_exchange, { authentication, logger }) {
    logger.info("done", { caller: authentication.get()?.principal });
  },
});

export const counting = definePolicy({
  configure({ metrics }) {
    exactType<Gauge>()(metrics.gauge("waiting"));
    exactType<Histogram>()(metrics.histogram("bytes"));
    exactType<Labelled<Histogram, "a" | "b">>()(metrics.histogram("times", { labels: ["a", "b"] }));
    return { requests: metrics.counter("requests"), rejected: metrics.counter("rejected", { labels: ["reason"] }) };
  },
  onRequest(_request, { metrics, resources }) {
    exactType<Counter>()(resources.requests);
    exactType<Labelled<Counter, "reason">>()(resources.rejected);
    resources.requests.increment();
    exactType<Counter>()(resources.rejected.with({ reason: "expired" }));
    metrics.gauge("waiting").add(-1);
    metrics.gauge("waiting").set(0);
  },
  onDone({ durations }, { metrics }) {
    metrics.histogram("bytes").record(durations.total);
  },
});
