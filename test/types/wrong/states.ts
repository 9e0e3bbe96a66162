import { definePolicy, Flow, Response } from "sluice";

const answer = new Response(200);

definePolicy({
  async onRequest(request) {
    // expect-error: Property 'sendResponse' does not exist on type 'RequestState'
    request.sendResponse(answer);

    // expect-error: Property 'headers' does not exist on type 'RequestState'
    request.headers.get("accept");

    // expect-error: Property 'headers' does not exist on type 'Promise<RequestHeadersState>'
    request.intoHeadersState().headers.get("accept");

    const head = await request.intoHeadersState();

    // expect-error: Property 'sendResponse' does not exist on type 'RequestHeadersState'
    head.sendResponse(answer);

    // expect-error: Property 'text' does not exist on type 'RequestHeadersState'
    head.text();

    // expect-error: Property 'setBody' does not exist on type 'RequestHeadersState'
    head.setBody("text");

    // expect-error: Property 'status' does not exist on type 'RequestHeadersState'
    console.log(head.status);

    // expect-error: Cannot assign to 'scheme' because it is a read-only property
    head.scheme = "https";

    // expect-error: Cannot assign to 'containsBody' because it is a read-only property
    head.containsBody = false;

    // expect-error: Cannot assign to 'headers' because it is a read-only property
    head.headers = new Map();

    const body = await head.intoBodyState();

    // expect-error: Property 'sendResponse' does not exist on type 'RequestBodyState'
    body.sendResponse(answer);

    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    body.headers.set("x-size", "1");

    // expect-error: Cannot assign to 'path' because it is a read-only property
    body.path = "/";

    // expect-error: Property 'intoBodyState' does not exist on type 'RequestBodyState'
    await body.intoBodyState();

    // expect-error: 'id' does not exist in type 'Uint8Array
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
    // expect-error: Property 'sendResponse' does not exist on type 'ResponseState'
    response.sendResponse(answer);

    const head = await response.intoHeadersState();

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'Response'
    head.sendResponse(200);

    // expect-error: is not assignable to parameter of type 'Response'
    head.sendResponse(Flow.Break(answer));

    // expect-error: Type 'string' is not assignable to type 'number'
    head.status = "200";

    // expect-error: Property 'path' does not exist on type 'ResponseHeadersState'
    console.log(head.path);

    const body = await response.intoBodyState();

    // expect-error: Property 'sendResponse' does not exist on type 'ResponseBodyState'
    body.sendResponse(answer);

    // expect-error: Property 'delete' does not exist on type 'ReadonlyHeaders'
    body.headers.delete("etag");

    // expect-error: Cannot assign to 'status' because it is a read-only property
    body.status = 200;

    const both = await response.intoHeadersBodyState();

    // expect-error: Property 'sendResponse' does not exist on type 'ResponseHeadersBodyState'
    both.sendResponse(answer);

    const stream = await response.intoBodyStreamState();

    // expect-error: Property 'sendResponse' does not exist on type 'ResponseBodyStreamState'
    stream.sendResponse(answer);
  },
});
