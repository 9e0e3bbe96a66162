import { definePolicy } from "sluice";
import { getAuthentication, setAuthentication } from "sluice/authentication";
import { counter, gauge, histogram } from "sluice/metrics";
import { upstream } from "sluice/upstream";
import { reportedViolation, reportViolation } from "sluice/violations";

definePolicy({
  configure(context) {
    // expect-error: Argument of type 'ConfigureContext<unknown>' is not assignable to parameter of type 'ExchangeContext'
    getAuthentication(context);

    // expect-error: is missing in type '{}' but required in type 'InstanceContext'
    counter({}, "requests");

    // expect-error: is missing in type 'Logger' but required in type 'InstanceContext'
    upstream(context.logger, "auth");
  },
  async onRequest(_request, context) {
    // expect-error: Type '"ada"' has no properties in common with type 'AuthenticationInit'
    setAuthentication(context, "ada");

    // expect-error: 'user' does not exist in type 'AuthenticationInit'
    setAuthentication(context, { user: "ada" });

    // expect-error: Type 'number' is not assignable to type 'string'
    setAuthentication(context, { principal: 1 });

    // expect-error: Type 'string[]' is not assignable to type 'Readonly<Record<string, unknown>>'
    setAuthentication(context, { properties: ["orders"] });

    // expect-error: Argument of type 'undefined' is not assignable to parameter of type 'AuthenticationInit'
    setAuthentication(context, undefined);

    // expect-error: Object is possibly 'undefined'
    console.log(getAuthentication(context).principal);

    // expect-error: Property 'scope' does not exist on type '{ scopes: string[]; }'. Did you mean 'scopes'?
    console.log(getAuthentication<{ scopes: string[] }>(context)?.properties.scope);

    // The properties' type is not known unless the policy says it.
    const caller = getAuthentication(context) ?? { properties: {} };

    // expect-error: is not assignable to type 'string'
    const scope: string = caller.properties["scope"];

    // expect-error: Cannot assign to 'principal' because it is a read-only property
    caller.principal = "eve";

    // expect-error: Index signature in type 'JsonObject' only permits reading
    caller.properties["scope"] = scope;

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    counter(context, 1);

    // expect-error: 'label' does not exist in type 'MetricOptions<string>'. Did you mean to write 'labels'?
    counter(context, "rejected", { label: ["reason"] });

    // expect-error: Type 'string' is not assignable to type 'readonly string[]'
    counter(context, "rejected", { labels: "reason" });

    // expect-error: Property 'labels' is missing in type 'string[]' but required in type 'MetricOptions<string>'
    counter(context, "rejected", ["reason"]);

    // expect-error: Property 'set' does not exist on type 'Counter'
    counter(context, "requests").set(1);

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    counter(context, "requests").increment("1");

    // expect-error: Property 'with' does not exist on type 'Counter'
    counter(context, "requests").with({ reason: "expired" });

    // expect-error: Property 'increment' does not exist on type 'Gauge'
    gauge(context, "waiting").increment();

    // expect-error: Expected 1 arguments, but got 0
    gauge(context, "waiting").set();

    // expect-error: Property 'observe' does not exist on type 'Histogram'
    histogram(context, "bytes").observe(1);

    const rejected = counter(context, "rejected", { labels: ["reason", "route"] });

    // expect-error: Property 'increment' does not exist on type 'Labelled<Counter, 
    rejected.increment();

    // expect-error: Property 'route' is missing in type '{ reason: string; }'
    rejected.with({ reason: "expired" }).increment();

    // expect-error: 'raeson' does not exist in type 'Readonly<Record<
    rejected.with({ raeson: "expired", route: "a" }).increment();

    // expect-error: Type 'number' is not assignable to type 'string'
    rejected.with({ reason: 401, route: "a" }).increment();

    // expect-error: Type '"403"' has no properties in common with type 'ViolationReport'
    reportViolation(context, "403");

    // expect-error: Type '"warning"' is not assignable to type
    reportViolation(context, { kind: "warning" });

    // expect-error: 'policy' does not exist in type 'ViolationReport'
    reportViolation(context, { policy: "auth" });

    // expect-error: 'config' does not exist in type 'ExchangeContext'
    reportedViolation({ config: context.config });

    const auth = upstream(context, "auth");

    // expect-error: Argument of type '{ path: string; }' is not assignable to parameter of type 'string'
    await auth.fetch({ path: "/check" });

    // expect-error: Property 'get' does not exist on type 'Upstream'
    await auth.get("/check");

    // expect-error: Type 'number' is not assignable to type 'string'
    await auth.fetch("/check", { headers: { "x-count": 1 } });

    // expect-error: Type 'undefined' is not assignable to type 'string'
    await auth.fetch("/check", { headers: { "x-user": undefined } });

    // expect-error: 'redirect' does not exist in type 'FetchInit'
    await auth.fetch("/check", { redirect: "follow" });

    const reply = await auth.fetch("/check");

    // expect-error: Object is of type 'unknown'
    console.log(reply.json().active);

    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    reply.headers.set("x-seen", "1");

    // expect-error: Cannot assign to 'status' because it is a read-only property
    reply.status = 200;
  },

  onDone(exchange, context) {
    // expect-error: Cannot assign to 'status' because it is a read-only property
    exchange.status = 200;

    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    exchange.responseHeaders.set("x-seen", "1");

    // expect-error: have no overlap
    if (exchange.outcome === "ok") console.log("fine");
  },
});
