import { definePolicy, Flow, Response } from "sluice";
import * as v from "valibot";
// expect-error: 'RequestState' resolves to a type-only declaration
import { RequestState } from "sluice";

const config = v.object({ realm: v.string(), limit: v.number() });

// expect-error: 'onRequests' does not exist in type 'PolicyDefinition
definePolicy({ onRequests() {} });

// expect-error: 'realm' does not exist in type 'StandardSchemaV1
definePolicy({ config: { realm: String } });

// expect-error: is not assignable to type '(request: RequestState
definePolicy({ onRequest: 401 });

// expect-error: Type 'string' is not assignable to type 'Promise<FilterResult> | FilterResult'
definePolicy({ onRequest: () => "denied" });

// expect-error: is not assignable to type 'FilterResult
definePolicy({ onRequest: async () => ({ status: 401 }) });

// expect-error: "onResponse returns nothing: call response.sendResponse(new Response(…)) to answer the client with another response"
definePolicy({ onResponse: async () => new Response(500) });

// expect-error: "onResponse returns nothing: call response.sendResponse(new Response(…)) to answer the client with another response"
definePolicy({ onResponse: async () => Flow.Break(new Response(500)) });

// expect-error: Property 'reamls' does not exist on type '{ realm: string; limit: number; }'
definePolicy({ config, onRequest(_request, { config }) { console.log(config.reamls); } });

// expect-error: Property 'toUpperCase' does not exist on type 'number'
definePolicy({ config, onRequest(_request, { config }) { config.limit.toUpperCase(); } });

// expect-error: 'config' is of type 'unknown'
definePolicy({ onRequest(_request, { config }) { console.log(config.realm); } });

// expect-error: Cannot assign to 'config' because it is a read-only property
definePolicy({ config, onRequest(_request, context) { context.config = { realm: "", limit: 1 }; } });

// expect-error: 'resources' is possibly 'undefined'
definePolicy({ onRequest(_request, { resources }) { console.log(resources.keys); } });

// expect-error: Property 'kyes' does not exist on type '{ keys: string[]; }'
definePolicy({ configure: async () => ({ keys: [""] }), onRequest(_request, { resources }) { console.log(resources.kyes); } });

// expect-error: Property 'properties' does not exist on type 'ConfigureContext<unknown>'
definePolicy({ configure({ properties }) { console.log(properties); } });

// expect-error: Property 'requestData' does not exist on type
definePolicy({ onRequest(_request, { requestData }) { console.log(requestData); } });

// expect-error: Property 'signal' does not exist on type
definePolicy({ onDone(_exchange, { signal }) { console.log(signal); } });

// expect-error: Expected 1 arguments, but got 0
definePolicy();

// expect-error: has no properties in common with type 'PolicyDefinition
definePolicy(() => undefined);

// expect-error: is not assignable to type 'Promise<FilterResult> | FilterResult'
definePolicy({ onRequest: () => Flow.Continue });

// expect-error: Type 'null' is not assignable to type 'Promise<FilterResult> | FilterResult'
definePolicy({ onRequest: () => null });

// expect-error: Type 'boolean' is not assignable to type 'FilterResult'
definePolicy({ onRequest: async (request) => (await request.intoHeadersState()).headers.has("authorization") });

// expect-error: Type 'AsyncGenerator<Response, void, unknown>' is not assignable to type 'Promise<FilterResult> | FilterResult'
definePolicy({ async *onRequest() { yield new Response(401); } });

// expect-error: Type 'number' is not assignable to type 'string'
definePolicy({ config, onRequest(_request, { config }) { config.realm = 1; } });

// expect-error: Type 'unknown' is not assignable to type '{ realm: string; }'
definePolicy({ onRequest: (_request, { config }: { config: { realm: string } }) => { console.log(config); } });

// expect-error: Property 'cache' does not exist on type 'RequestContext<unknown, undefined>'
definePolicy({ onRequest(_request, context) { console.log(context.cache); } });

// expect-error: Property 'resources' does not exist on type 'ConfigureContext<unknown>'
definePolicy({ configure({ resources }) { console.log(resources); } });

// expect-error: Property 'requestData' does not exist on type 'DoneContext<unknown, undefined>'
definePolicy({ onDone(_exchange, { requestData }) { console.log(requestData); } });

export const onRequest = (request: RequestState): unknown => request;
