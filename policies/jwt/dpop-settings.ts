/** The keys of the policy's configuration that are about proofs of possession. */
import * as v from "valibot";

/** Of public keys. */
export const publicKeyAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

export const dpop = v.strictObject({
  algorithms: v.optional(
    v.pipe(
      v.array(v.picklist(publicKeyAlgorithms)),
      v.minLength(1, "expected an algorithm"),
      v.description("The algorithms of proofs that are taken."),
    ),
    ["ES256"],
  ),
  required: v.optional(
    v.pipe(v.boolean(), v.description("Whether tokens that are bound to no key are refused.")),
    false,
  ),
  maxAge: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?(ms|s|m|h)$/, "expected a time with its unit, such as 60s"),
      v.description("How old a proof may be, from a second to an hour; as long it is remembered. Without it: 1m."),
    ),
  ),
  origin: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^https?:\/\/[^\s/?#"\\]+$/, "expected scheme and host, such as https://api.example.com"),
      v.description(
        "What clients call, where that is not what the gateway is called by. Without it: scheme and host of the request.",
      ),
    ),
  ),
  nonce: v.optional(
    v.pipe(
      v.strictObject({
        secret: v.pipe(
          v.string(),
          v.minLength(32, "expected 32 characters or more"),
          v.description("What nobody else knows: the same for all gateways that a client may reach."),
        ),
        period: v.optional(
          v.pipe(
            v.string(),
            v.regex(/^\d+(\.\d+)?(ms|s|m|h)$/, "expected a time with its unit, such as 5m"),
            v.description(
              "How long a nonce is given to clients, from a second to an hour; it counts for as long again. Without it: 5m.",
            ),
          ),
        ),
      }),
      v.description(
        "Each proof has to contain what the gateway has told the client (`DPoP-Nonce`), so that none can be made beforehand.",
      ),
    ),
  ),
  entries: v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(16),
      v.maxValue(1_048_576),
      v.description("How many proofs are remembered, by all workers together. What has no room fails its request."),
    ),
    16_384,
  ),
});
