import { definePolicy, Response } from "sluice";
import { upstream } from "sluice/upstream";

// What types can tell of a forgotten await.
definePolicy({
  configure(context) {
    // expect-error: Property 'json' does not exist on type 'Promise<UpstreamResponse>'
    return upstream(context, "keys").fetch("/keys").json<string[]>();
  },
  // expect-error: Type 'RequestState' is not assignable to type 'FilterResult'
  onRequest: (request) => request.intoHeadersState(),
});

definePolicy({
  async onRequest(request, context) {
    const { clock } = context;
    // expect-error: Property 'headers' does not exist on type 'Promise<RequestState>'
    const { headers } = request.intoHeadersState();

    // expect-error: Property 'text' does not exist on type 'Promise<RequestBodyState>'
    console.log(request.intoBodyState().text(), headers);

    const state = request.intoHeadersState();

    // expect-error: Property 'path' does not exist on type 'Promise<RequestState>'
    state.path = "/v2";

    // expect-error: Property 'ok' does not exist on type 'Promise<UpstreamResponse>'
    if (upstream(context, "auth").fetch("/check").ok) return;

    // expect-error: This condition will always return true
    if (upstream(context, "auth").fetch("/check")) return new Response(401);

    // expect-error: Argument of type 'Promise<void>' is not assignable to parameter of type 'number'
    await clock.sleep(clock.sleep(1));

    // expect-error: Type 'Promise<void>' must have a '[Symbol.asyncIterator]()' method
    for await (const tick of clock.sleep(1)) console.log(tick);

    return undefined;
  },
  async onResponse(response) {
    // expect-error: Property 'sendResponse' does not exist on type 'Promise<ResponseState>'
    response.intoHeadersState().sendResponse(new Response(500));

    // expect-error: Property 'setBody' does not exist on type 'Promise<ResponseHeadersBodyState>'
    response.intoHeadersBodyState().setBody("text");

    // expect-error: Property 'stream' does not exist on type 'Promise<ResponseBodyStreamState>'
    for await (const chunk of response.intoBodyStreamState().stream) console.log(chunk);
  },
});

// Nobody waits for onDone.
// expect-error: Type 'Promise<void>' is not assignable to type 'void'
definePolicy({ onDone: async () => { await Promise.resolve(); } });
