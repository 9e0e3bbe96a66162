/** What becomes of the trailers of requests in Envoy, before the first policy. */
import { neverBeginningsInRequestTrailers, neverInRequestTrailers, neverInTrailers } from "../abi/trailer-names.js";
import { type Json, typed } from "./json.js";

/** Takes off all trailers, and the field that announces them, or those that only proxies may set. */
export function requestTrailers(what: "drop" | "pass"): Json {
  const mutations =
    what === "drop"
      ? { request_mutations: [{ remove: "trailer" }], request_trailers_mutations: [removeBeginning("")] }
      : {
          request_trailers_mutations: [
            ...[...neverInTrailers, ...neverInRequestTrailers].map((name) => ({ remove: name })),
            ...neverBeginningsInRequestTrailers.map(removeBeginning),
          ],
        };
  return {
    name: "sluice.request_trailers",
    typed_config: typed("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", { mutations }),
  };
}

function removeBeginning(beginning: string): Json {
  // Envoy takes no empty beginning.
  const key_matcher = beginning === "" ? { safe_regex: { regex: ".*" } } : { prefix: beginning };
  return { remove_on_match: { key_matcher } };
}
