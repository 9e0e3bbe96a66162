import { definePolicy, Flow, Response } from "sluice";

const answer = new Response(200);

definePolicy({
  async onRequest(request) {
    // expect-error: "return a Response from onRequest"
    request.sendResponse(answer);

    // expect-error: Property 'headers' does not exist on type 'Promise<RequestState>'
    request.intoHeadersState().headers.get("accept");

    const head = await request.intoHeadersState();

    // expect-error: "return a Response from onRequest"
    head.sendResponse(answer);

    // expect-error: "write (await request.intoBodyState()).text() in onRequest"
    head.text();

    // expect-error: "write (await request.intoBodyState()).json() in onRequest"
    await request.json();

    // expect-error: "write (await request.intoBodyState()).text(), json() or bytes() in onRequest"
    JSON.parse(request.body);

    // expect-error: "write (await request.intoBodyState()).text(), json() or bytes() in onRequest"
    request.body.getReader();

    // expect-error: "write (await request.intoBodyState()).text(), json() or bytes() in onRequest"
    for await (const chunk of request.body) console.log(chunk);

    const { json } = request;

    // expect-error: "write (await request.intoBodyState()).json() in onRequest"
    json();

    // expect-error: "write request.path (path and query), request.pathname, request.search or request.authority"
    new URL(request.url);

    // expect-error: "write query(request).get(name), where query is imported from sluice/query"
    request.query.get("page");

    // expect-error: "write cookies(request).get(name), where cookies is imported from sluice/cookies"
    request.cookies.get("session");

    // expect-error: "write (await request.intoBodyState()).setBody(body) in onRequest"
    head.setBody("text");

    // expect-error: "a request has none: return new Response(body, { status }) to answer it"
    if (head.status > 400) return;

    // expect-error: Cannot assign to 'scheme' because it is a read-only property
    head.scheme = "https";

    // expect-error: Cannot assign to 'containsBody' because it is a read-only property
    head.containsBody = false;

    // expect-error: Cannot assign to 'headers' because it is a read-only property
    head.headers = new Map();

    const body = await head.intoBodyState();

    // expect-error: "return a Response from onRequest"
    body.sendResponse(answer);

    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    body.headers.set("x-size", "1");

    // expect-error: Cannot assign to 'path' because it is a read-only property
    body.path = "/";

    // expect-error: Property 'intoBodyState' does not exist on type 'RequestBodyState'
    await body.intoBodyState();

    // expect-error: "setBody takes a string or a Uint8Array: for JSON write setBody(JSON.stringify(value))"
    body.setBody({ id: 1 });

    // expect-error: 'body.trailers' is possibly 'undefined'
    body.trailers.get("grpc-status");

    // expect-error: Object is of type 'unknown'
    console.log(body.json().id);

    const stream = await request.intoBodyStreamState();

    // expect-error: Property 'setBody' does not exist on type 'RequestBodyStreamState'
    stream.setBody("text");

    // expect-error: Property 'append' does not exist on type 'ReadonlyHeaders'
    stream.headers.append("via", "1.1 sluice");

    // expect-error: must have a '[Symbol.iterator]()' method
    for (const chunk of stream.stream) console.log(chunk);

    // expect-error: is not assignable to type 'string | Uint8Array
    await stream.transform(async function* (chunks) { for await (const chunk of chunks) yield chunk.length; });
  },
});

definePolicy({
  async onResponse(response) {
    // expect-error: "write (await response.intoBodyState()).json()"
    await response.json();

    // expect-error: "write (await response.intoBodyState()).text(), json() or bytes()"
    JSON.parse(response.body);

    const head = await response.intoHeadersState();

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'Response'
    head.sendResponse(200);

    // expect-error: is missing the following properties from type 'Response'
    head.sendResponse(Flow.Break(answer));

    // expect-error: Type 'string' is not assignable to type 'number'
    head.status = "200";

    // expect-error: Property 'path' does not exist on type 'ResponseState'
    console.log(head.path);

    const body = await response.intoBodyState();

    // expect-error: "call response.sendResponse(…) before the response moves on to its body"
    body.sendResponse(answer);

    // expect-error: Property 'delete' does not exist on type 'ReadonlyHeaders'
    body.headers.delete("etag");

    // expect-error: Cannot assign to 'status' because it is a read-only property
    body.status = 200;

    const both = await response.intoHeadersBodyState();

    // expect-error: "call response.sendResponse(…) before the response moves on to its body"
    both.sendResponse(answer);

    const stream = await response.intoBodyStreamState();

    // expect-error: "call response.sendResponse(…) before the response moves on to its body"
    stream.sendResponse(answer);
  },
});

// The head alone needs no await.
definePolicy({
  onRequest(request) {
    // expect-error: possibly 'null'
    if (request.headers.get("authorization").startsWith("Bearer ")) return;

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    request.headers.set("x-count", 1);

    // expect-error: Type 'number' is not assignable to type 'string'
    request.path = 1;

    // expect-error: have no overlap
    if (request.containsBody === "true") return;

    // expect-error: Property 'headers' does not exist on type 'Promise<RequestBodyState>'
    console.log(request.intoBodyState().headers);
  },
  onResponse(response) {
    // expect-error: Type 'null' is not assignable to type 'number'
    response.status = null;

    // expect-error: Expected 1 arguments, but got 0
    response.sendResponse();

    // expect-error: Argument of type 'string' is not assignable to parameter of type 'Response'
    response.sendResponse("denied");

    // expect-error: "write (await response.intoBodyState()).setBody(body)"
    response.setBody("text");
  },
});
