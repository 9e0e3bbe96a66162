import { definePolicy } from "sluice";

definePolicy({
  // expect-error: Property 'authentication' does not exist on type 'ConfigureContext<unknown>'
  configure({ authentication }) { console.log(authentication); },
  async onRequest(_request, { authentication, client, metrics, violations }) {
    // expect-error: Property 'principal' does not exist on type 'AuthenticationAccess'
    console.log(authentication.principal);

    // expect-error: 'principal' does not exist in type 'AuthenticationAccess'
    authentication = { principal: "ada" };

    // expect-error: Type '"ada"' has no properties in common with type 'AuthenticationInit'
    authentication.set("ada");

    // expect-error: 'user' does not exist in type 'AuthenticationInit'
    authentication.set({ user: "ada" });

    // expect-error: Type 'number' is not assignable to type 'string'
    authentication.set({ principal: 1 });

    // expect-error: Type 'string[]' is not assignable to type 'Readonly<Record<string, unknown>>'
    authentication.set({ properties: ["orders"] });

    // expect-error: Argument of type 'undefined' is not assignable to parameter of type 'AuthenticationInit'
    authentication.set(undefined);

    // expect-error: Object is possibly 'undefined'
    console.log(authentication.get().principal);

    // expect-error: Property 'scope' does not exist on type '{ scopes: string[]; }'. Did you mean 'scopes'?
    console.log(authentication.get<{ scopes: string[] }>()?.properties.scope);

    // The properties' type is not known unless the policy says it.
    const caller = authentication.get() ?? { properties: {} };

    // expect-error: is not assignable to type 'string'
    const scope: string = caller.properties["scope"];

    // expect-error: Cannot assign to 'principal' because it is a read-only property
    caller.principal = "eve";

    // expect-error: Index signature in type 'JsonObject' only permits reading
    caller.properties["scope"] = scope;

    // expect-error: Property 'timer' does not exist on type 'Metrics'
    metrics.timer("duration");

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    metrics.counter(1);

    // expect-error: 'label' does not exist in type 'MetricOptions<string>'. Did you mean to write 'labels'?
    metrics.counter("rejected", { label: ["reason"] });

    // expect-error: Type 'string' is not assignable to type 'readonly string[]'
    metrics.counter("rejected", { labels: "reason" });

    // expect-error: Property 'labels' is missing in type 'string[]' but required in type 'MetricOptions<string>'
    metrics.counter("rejected", ["reason"]);

    // expect-error: Property 'set' does not exist on type 'Counter'
    metrics.counter("requests").set(1);

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'number'
    metrics.counter("requests").increment("1");

    // expect-error: Property 'with' does not exist on type 'Counter'
    metrics.counter("requests").with({ reason: "expired" });

    // expect-error: Property 'increment' does not exist on type 'Gauge'
    metrics.gauge("waiting").increment();

    // expect-error: Expected 1 arguments, but got 0
    metrics.gauge("waiting").set();

    // expect-error: Property 'observe' does not exist on type 'Histogram'
    metrics.histogram("bytes").observe(1);

    const rejected = metrics.counter("rejected", { labels: ["reason", "route"] });

    // expect-error: Property 'increment' does not exist on type 'Labelled<Counter, "reason" | "route">'
    rejected.increment();

    // expect-error: Property 'route' is missing in type '{ reason: string; }'
    rejected.with({ reason: "expired" }).increment();

    // expect-error: 'raeson' does not exist in type 'Readonly<Record<"reason" | "route", string>>'. Did you mean to write 'reason'?
    rejected.with({ raeson: "expired", route: "a" }).increment();

    // expect-error: Type 'number' is not assignable to type 'string'
    rejected.with({ reason: 401, route: "a" }).increment();

    // expect-error: Type '"403"' has no properties in common with type 'ViolationReport'
    violations.report("403");

    // expect-error: Type '"warning"' is not assignable to type '"violation" | "error" | undefined'
    violations.report({ kind: "warning" });

    // expect-error: 'policy' does not exist in type 'ViolationReport'
    violations.report({ policy: "auth" });

    // expect-error: Cannot assign to 'reported' because it is a read-only property
    violations.reported = undefined;

    const auth = client.upstream("auth");

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

  onDone(exchange, { authentication }) {
    // expect-error: Property 'set' does not exist on type 'AuthenticationReader'
    authentication.set({ principal: "ada" });

    // expect-error: Property 'clear' does not exist on type 'AuthenticationReader'
    authentication.clear();

    // expect-error: Cannot assign to 'status' because it is a read-only property
    exchange.status = 200;

    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    exchange.responseHeaders.set("x-seen", "1");

    // expect-error: have no overlap
    if (exchange.outcome === "ok") console.log("fine");
  },
});
