import { definePolicy } from "sluice";

/** Tells the upstream, the client and the log who calls, and counts. */
export default definePolicy({
  configure({ metrics }) {
    metrics.gauge("callers_ready").set(1);
    return {
      requests: metrics.counter("caller_requests", { labels: ["caller", "kind"] }),
      sizes: metrics.histogram("caller_name_length"),
    };
  },

  async onRequest(request, { authentication, resources }) {
    const { headers, method } = await request.intoHeadersState();
    const caller = authentication.get<{ scopes: string[] }>();
    if (caller !== undefined) {
      headers.set("x-caller", `${caller.principal ?? ""} ${caller.clientId ?? ""} ${caller.properties.scopes.join()}`);
    }
    resources.requests.with({ caller: caller?.principal ?? "none", kind: method }).increment();
    resources.sizes.record((caller?.principal ?? "").length);
  },

  async onResponse(response, { authentication }) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-called-by", authentication.get()?.principal ?? "nobody");
  },

  onDone(_exchange, { authentication, logger, metrics }) {
    metrics.counter("caller_ends").increment();
    logger.info("done", { caller: authentication.get()?.principal ?? "nobody" });
  },
});
