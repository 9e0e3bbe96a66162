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

  async onRequest(request, context) {
    const { resources } = context;
    const { headers, method } = await request.intoHeadersState();
    const caller = getAuthentication<{ scopes: string[] }>(context);
    if (caller !== undefined) {
      headers.set("x-caller", `${caller.principal ?? ""} ${caller.clientId ?? ""} ${caller.properties.scopes.join()}`);
    }
    resources.requests.with({ caller: caller?.principal ?? "none", kind: method }).increment();
    resources.sizes.record((caller?.principal ?? "").length);
  },

  async onResponse(response, context) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-called-by", getAuthentication(context)?.principal ?? "nobody");
  },

  onDone(_exchange, context) {
    const { logger } = context;
    counter(context, "caller_ends").increment();
    logger.info("done", { caller: getAuthentication(context)?.principal ?? "nobody" });
  },
});
