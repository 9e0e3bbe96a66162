import { definePolicy } from "sluice";
import { getAuthentication } from "sluice/authentication";
import { counter, gauge, histogram } from "sluice/metrics";

/** Tells the upstream, the client and the log who calls, and counts. */
export default definePolicy({
  configure(context) {
    gauge(context, "callers_ready").set(1);
    return {
      requests: counter(context, "caller_requests", { labels: ["caller", "kind"] }),
      sizes: histogram(context, "caller_name_length"),
    };
  },

  onRequest(request, context) {
    const caller = getAuthentication<{ scopes: string[] }>(context);
    if (caller !== undefined) {
      request.headers.set(
        "x-caller",
        `${caller.principal ?? ""} ${caller.clientId ?? ""} ${caller.properties.scopes.join()}`,
      );
    }
    context.resources.requests.with({ caller: caller?.principal ?? "none", kind: request.method }).increment();
    context.resources.sizes.record((caller?.principal ?? "").length);
  },

  onResponse(response, context) {
    response.headers.set("x-called-by", getAuthentication(context)?.principal ?? "nobody");
  },

  onDone(_exchange, context) {
    counter(context, "caller_ends").increment();
    context.logger.info("done", { caller: getAuthentication(context)?.principal ?? "nobody" });
  },
});
