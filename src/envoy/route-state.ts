/** What is remembered of a request from the moment its route was chosen, whatever policies make of the request. */
import { type Json, typed } from "./json.js";

/** Keys of Envoy's filter state. */
export const routeState = { route: "sluice.route", method: "sluice.method", path: "sluice.path" } as const;

/** The first filter: remembers them. Nothing of it can come from a client. */
export function rememberRoute(): Json {
  const value = (key: string, format: string): Json => ({
    object_key: key,
    factory_key: "envoy.string",
    format_string: { text_format_source: { inline_string: format } },
  });
  return {
    name: "sluice.route",
    typed_config: typed("envoy.extensions.filters.http.set_filter_state.v3.Config", {
      on_request_headers: [
        value(routeState.route, "%ROUTE_NAME%"),
        value(routeState.method, "%REQ(:METHOD)%"),
        value(routeState.path, "%PATH(NQ)%"),
      ],
    }),
  };
}
