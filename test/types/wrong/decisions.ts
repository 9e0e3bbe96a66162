import { definePolicy, Flow, Response } from "sluice";

// expect-error: Expected 1 arguments, but got 0
Flow.Break();

// expect-error: Argument of type 'number' is not assignable to parameter of type 'Response'
Flow.Break(401);

// expect-error: Property 'Stop' does not exist on type
Flow.Stop();

// expect-error: Argument of type '401' is not assignable to parameter of type 'BodyInit
new Response(401, { headers: { "www-authenticate": "Bearer" } });

// expect-error: No overload matches this call
new Response({ error: "token was not present" });

// expect-error: 'error' does not exist in type 'Uint8Array
new Response(401).withBody({ error: "token was not present" });

// expect-error: Type '[string, number]' is not assignable to type 'string'
new Response(429).withHeaders([["retry-after", 1]]);

// expect-error: Cannot assign to 'status' because it is a read-only property
new Response(401).status = 403;

// expect-error: Property 'continue' does not exist on type 'FlowMaker'. Did you mean 'Continue'?
Flow.continue();

// expect-error: Expected 0-1 arguments, but got 2
Flow.Continue(1, 2);

// expect-error: Type '401' has no properties in common with type 'ResponseInit'
Response.json({ error: "token was not present" }, 401);

// expect-error: Type 'string[]' is not assignable to type 'string'
new Response(405).withHeaders({ allow: ["GET", "POST"] });

// expect-error: Property 'withHeader' does not exist on type 'Response'. Did you mean 'withHeaders'?
new Response(405).withHeader("allow", "GET");

// expect-error: Property 'headers' does not exist on type 'Response'
new Response(405).headers.set("allow", "GET");

// expect-error: Property 'redirect' does not exist on type 'typeof Response'
Response.redirect("/login");

definePolicy({
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    return headers.has("x-skip") ? new Response(401) : Flow.Continue({ startedAt: 1 });
  },
  onResponse(_response, { requestData }) {
    // expect-error: Property 'value' does not exist on type
    console.log(requestData.value);

    // expect-error: Property 'reason' does not exist on type
    console.log(requestData.reason);

    // expect-error: have no overlap
    if (requestData.kind === "cancelled") console.log("gone");

    if (requestData.kind !== "continue") return;

    // expect-error: Property 'finishedAt' does not exist on type '{ startedAt: number; }'
    console.log(requestData.value.finishedAt);

    // expect-error: Type 'number' is not assignable to type 'string'
    const startedAt: string = requestData.value.startedAt;

    console.log(startedAt);
  },
});

definePolicy({
  onRequest() {
    console.log("no data");
  },
  onResponse(_response, { requestData }) {
    // expect-error: 'requestData.value' is possibly 'undefined'
    if (requestData.kind === "continue") console.log(requestData.value.startedAt);
  },
});

// The data's type is not known before onRequest.
definePolicy({
  onResponse(_response, { requestData }) {
    // expect-error: 'requestData.value' is possibly 'undefined'
    if (requestData.kind === "continue") console.log(requestData.value.startedAt);
  },

  // expect-error: is not assignable to type '(request: RequestState
  async onRequest(request) {
    await request.intoHeadersState();
    return Flow.Continue({ startedAt: 1 });
  },
});
