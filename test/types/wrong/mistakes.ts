import { definePolicy, Response } from "sluice";

// What people write first.
// expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
void fetch("https://auth.example/check");

definePolicy({
  async configure(context) {
    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    const keys = await context.fetch("https://keys.example/");

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    await context.client.fetch("/keys");

    // expect-error: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics"
    context.metrics.counter("requests");

    // expect-error: "write getAuthentication(context) in a filter: configure sees no exchange"
    context.authentication.get();

    // expect-error: "write reportViolation(context, …) in a filter: configure sees no exchange"
    context.violations.report();

    // expect-error: "write request, the first parameter of onRequest: configure sees no exchange"
    console.log(context.request.headers);

    // expect-error: "a policy has no environment: what it needs comes with its config"
    console.log(context.env.TOKEN, keys);

    // expect-error: "write context.logger.info(text), or console.log(text)"
    context.log("started");
  },

  async onRequest(request, context) {
    const { fetch, client, log } = context;

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    const { status } = await fetch("https://auth.example/check", { method: "POST" });

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    await client.fetch("/check");

    // expect-error: "write context.logger.info(text), or console.log(text)"
    log("seen");

    // expect-error: "write context.logger.info(text), or console.log(text)"
    context.log.info("seen");

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    const reply = await context.fetch("https://auth.example/check");

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    const answer = await context.client.get("/check");

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    await globalThis.fetch("https://auth.example/check");

    // expect-error: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics"
    context.metrics.counter("requests").increment();

    // expect-error: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics"
    const { gauge } = context.metrics;

    // expect-error: "write getAuthentication(context) or setAuthentication(context, …), which are imported from sluice/authentication"
    context.authentication.set({ principal: "ada" });

    // expect-error: "write getAuthentication(context) or setAuthentication(context, …), which are imported from sluice/authentication"
    console.log(context.authentication.principal, reply, answer, gauge, status);

    // expect-error: "write reportViolation(context, …), where reportViolation is imported from sluice/violations"
    context.violations.report({ kind: "violation" });

    // expect-error: "write request, the first parameter of onRequest"
    console.log(context.request.headers.get("authorization"));

    // expect-error: "write request, the first parameter of onRequest"
    if (context.request.method === "POST") return;

    // expect-error: "a policy has no environment: what it needs comes with its config"
    console.log(context.env["TOKEN"]);

    // expect-error: "a policy has no environment: what it needs comes with its config"
    const { TOKEN } = context.env;

    // expect-error: Property 'json' does not exist on type 'Promise<RequestBodyState>'
    console.log(await request.intoBodyState().json(), TOKEN);

    const body = request.intoBodyState();

    // expect-error: Property 'text' does not exist on type 'Promise<RequestBodyState>'
    body.text();
  },

  async onResponse(response, context) {
    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    const body = await (await fetch("https://auth.example/check")).json();

    // expect-error: "write await upstream(context, name).fetch(path), where upstream is imported from sluice/upstream"
    await context.fetch("/audit", { body });

    // expect-error: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics"
    context.metrics.histogram("bytes").record(1);

    // expect-error: Property 'setBody' does not exist on type 'Promise<ResponseBodyState>'
    response.intoBodyState().setBody("text");
  },

  onDone(_exchange, context) {
    // expect-error: "write counter(context, name), where counter (or gauge, histogram) is imported from sluice/metrics"
    context.metrics.counter("done").increment();

    // expect-error: "write reportViolation(context, …), where reportViolation is imported from sluice/violations"
    context.violations.report();

    // expect-error: "write context.logger.info(text), or console.log(text)"
    context.log("done");
  },
});

const seen = new Map<string, number>();

// expect-error: "onResponse returns nothing: write { braces } around what it does, so that nothing is returned"
definePolicy({ onResponse: (_response, { properties }) => seen.delete(properties.requestId ?? "") });

// expect-error: "onResponse returns nothing: write { braces } around what it does, so that nothing is returned"
definePolicy({ onResponse: async () => 200 });

// expect-error: "onResponse returns nothing: write { braces } around what it does, so that nothing is returned"
definePolicy({ onResponse: (response) => response.headers.get("etag") });

// expect-error: "onResponse returns nothing: write { braces } around what it does, so that nothing is returned"
definePolicy({ onResponse: () => seen.set("a", 1) });

// expect-error: "onResponse returns nothing: call response.sendResponse(new Response(…)) to answer the client with another response"
definePolicy({ onResponse: (response) => { if (response.status === 500) return new Response(502); } });

// expect-error: "onResponse returns nothing: write { braces } around what it does, so that nothing is returned"
definePolicy({ onResponse: async (response) => response.status });
