import { definePolicy } from "sluice";
import { upstream } from "sluice/upstream";

definePolicy({
  async onRequest(request, context) {
    const { clock, logger, properties, signal } = context;
    const { headers } = await request.intoHeadersState();

    // expect-error: Argument of type 'number' is not assignable to parameter of type 'string'
    headers.set("x-count", 1);

    // expect-error: Expected 2 arguments, but got 1
    headers.set("x-empty");

    // expect-error: Argument of type 'string[]' is not assignable to parameter of type 'string'
    headers.set("via", ["1.1 a", "1.1 b"]);

    // expect-error: Argument of type 'null' is not assignable to parameter of type 'string'
    headers.set("x-debug", null);

    // expect-error: Argument of type 'undefined' is not assignable to parameter of type 'string'
    headers.append("x-user", undefined);

    // expect-error: Property 'add' does not exist on type 'Headers'
    headers.add("via", "1.1 a");

    // expect-error: possibly 'null'
    console.log(headers.get("accept").length);

    // expect-error: Element implicitly has an 'any' type
    console.log(headers["accept"]);

    // expect-error: 'timeOut' does not exist in type 'FetchInit'
    await upstream(context, "auth").fetch("/check", { timeOut: 100 });

    // expect-error: Type 'string' is not assignable to type 'number'
    await upstream(context, "auth").fetch("/check", { timeout: "1s" });

    // expect-error: 'token' does not exist in type 'Uint8Array
    await upstream(context, "auth").fetch("/check", { body: { token: "t" } });

    // expect-error: Property 'body' does not exist on type 'UpstreamResponse'
    console.log((await upstream(context, "auth").fetch()).body);

    // expect-error: is not assignable to parameter of type 'number'
    await clock.sleep("1s");

    // expect-error: Property 'log' does not exist on type 'Logger'
    logger.log("text");

    // expect-error: is not assignable to parameter of type 'string'
    logger.info({ text: "text" });

    // expect-error: Type 'string | undefined' is not assignable to type 'string'
    const address: string = properties.clientAddress;

    // expect-error: Cannot assign to 'routeName' because it is a read-only property
    properties.routeName = "other";

    // expect-error: Property 'abort' does not exist on type 'AbortSignal'
    signal.abort();

    console.log(address);
  },
});

definePolicy({
  onResponse(_response, context) {
    // expect-error: Property 'set' does not exist on type 'ReadonlyHeaders'
    context.request.headers.set("x-seen", "1");

    // expect-error: Cannot assign to 'path' because it is a read-only property
    context.request.path = "/";

    // expect-error: Property 'intoBodyState' does not exist on type 'SentRequest'
    context.request.intoBodyState();

    // expect-error: "write (await request.intoBodyState()).text(), json() or bytes() in onRequest"
    new TextDecoder().decode(context.request.body);

    // expect-error: "write (await request.intoBodyState()).json() in onRequest"
    context.request.json();

    // expect-error: "write request.path (path and query), request.pathname, request.search or request.authority"
    new URL(context.request.url);

    // expect-error: "write cookies(request).get(name), where cookies is imported from sluice/cookies"
    context.request.cookies.get("sid");
  },
});
