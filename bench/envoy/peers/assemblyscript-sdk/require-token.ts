export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";
import {
  Context, FilterHeadersStatusValues, makeHeaderPair, registerRootContext, RootContext, send_http_response, stream_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Root extends RootContext {
  createContext(contextId: u32): Context {
    return new RequireToken(contextId, this);
  }
}

class RequireToken extends Context {
  constructor(contextId: u32, root: Root) {
    super(contextId, root);
  }

  onRequestHeaders(headerCount: u32, endOfStream: bool): FilterHeadersStatusValues {
    // The SDK gives an empty text for an absent header: the one difference to the other peers.
    if (stream_context.headers.request.get("authorization") != "") return FilterHeadersStatusValues.Continue;
    const body = String.UTF8.encode('{ "error": "token was not present"}');
    send_http_response(401, "", body, [makeHeaderPair("WWW-Authenticate", 'Bearer realm="oauth2"')]);
    return FilterHeadersStatusValues.StopIteration;
  }
}

registerRootContext((contextId: u32) => new Root(contextId), "require-token");
