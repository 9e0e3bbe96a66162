/** Whom Envoy believes about where a request comes from: the rule of `gateway/forwarded.ts`. */
import { type Json, typed } from "./json.js";

/** Of nobody else: what a client says under it is removed first. */
const checkedId = "x-sluice-request-id";
/** CEL, whose regular expressions have no room for a bound of the length. */
const harmlessId =
  "request.headers['x-request-id'].matches('^[A-Za-z0-9._-]+$') && size(request.headers['x-request-id']) <= 128 ? request.headers['x-request-id'] : ''";

/** For the connection manager. Header mutations come before anything else is made of a request. */
export function forwardedFields(trustedHops: number): Json {
  const fromProxies: Json[] = [removeAll("x-forwarded-"), remove("forwarded"), remove("x-real-ip")];
  return {
    use_remote_address: true,
    // Nobody is a part of this gateway: everybody's x-envoy-… fields are a client's.
    internal_address_config: { unix_sockets: false },
    early_header_mutation_extensions: [
      {
        name: "sluice.forwarded",
        typed_config: typed("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", {
          mutations: [
            removeAll("x-envoy-"),
            ...(trustedHops === 0 ? fromProxies : []),
            // Envoy by itself would write its own address for clients on the same machine.
            set("x-forwarded-for", "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", "APPEND_IF_EXISTS_OR_ADD"),
            remove(checkedId),
            set(checkedId, `%CEL(${harmlessId})%`, "OVERWRITE_IF_EXISTS_OR_ADD"),
            remove("x-request-id"),
            set("x-request-id", `%REQ(${checkedId})%`, "OVERWRITE_IF_EXISTS_OR_ADD"),
            remove(checkedId),
          ],
        }),
      },
    ],
    skip_xff_append: true,
    // The entry that was added above is one more.
    xff_num_trusted_hops: trustedHops === 0 ? 0 : trustedHops + 1,
    preserve_external_request_id: true,
    request_id_extension: {
      typed_config: typed("envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig", { pack_trace_reason: false }),
    },
  };
}

function remove(name: string): Json {
  return { remove: name };
}

function removeAll(prefix: string): Json {
  return { remove_on_match: { key_matcher: { prefix } } };
}

function set(key: string, value: string, append_action: string): Json {
  return { append: { header: { key, value }, append_action } };
}
