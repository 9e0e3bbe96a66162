import { definePolicy, Response } from "sluice";

/** Says who calls, counts callers, and reports those it does not know. */
export default definePolicy({
  configure({ metrics }) {
    return { seen: metrics.counter("callers", { labels: ["known"] }) };
  },
  async onRequest(request, { authentication, violations, resources }) {
    const { headers } = await request.intoHeadersState();
    const name = headers.get("x-name") ?? authentication.get()?.principal;
    resources.seen.with({ known: String(name !== undefined) }).increment();
    if (name === undefined) {
      violations.report({ kind: "error" });
      return new Response(401);
    }
    authentication.set({ principal: name, properties: { scopes: ["read"] } });
  },
});
