import { definePolicy, Response } from "sluice";
import { getAuthentication, setAuthentication } from "sluice/authentication";
import { counter } from "sluice/metrics";
import { reportViolation } from "sluice/violations";

/** Says who calls, counts callers, and reports those it does not know. */
export default definePolicy({
  configure(context) {
    return { seen: counter(context, "callers", { labels: ["known"] }) };
  },
  onRequest(request, context) {
    const name = request.headers.get("x-name") ?? getAuthentication(context)?.principal;
    context.resources.seen.with({ known: String(name !== undefined) }).increment();
    if (name === undefined) {
      reportViolation(context, { kind: "error" });
      return new Response(401);
    }
    setAuthentication(context, { principal: name, properties: { scopes: ["read"] } });
  },
});
