/** `private_key_jwt`: a policy shows who it is by a token that it signs (RFC 7523 section 2.2, OpenID Connect Core section 9). */
import type { JwtAlgorithm } from "../jwt/algorithms.js";
import type { Jwk } from "../jwt/keys/jwk.js";
import { jwtSigner } from "../jwt/sign.js";
import { type ClientAuthentication, checkText } from "./clients.js";

/** What the token is made of. */
export interface PrivateKeyJwtOptions {
  /** The policy's id at the authorization server. */
  readonly id: string;
  /** The algorithm, such as `ES256` of `"sluice/jwt"`. */
  readonly algorithm: JwtAlgorithm;
  /** The private key as PEM, `-----BEGIN PRIVATE KEY-----`, or as JWK. */
  readonly key: string | Jwk;
  /** The key's id, by which the server finds the public key. */
  readonly kid?: string | undefined;
  /** What the server wants to read as the token's audience: mostly its issuer, or the endpoint's URL. */
  readonly audience: string;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** A token is sent at once, and once only. */
const lifetimeSeconds = 60;

/**
 * A client with a key of its own, to be made in `configure`. Each call of the server has a token of its own.
 *
 * @throws SluiceError `INTROSPECTION_OPTIONS`, `JWT_KEY`, `JWT_OPTIONS`
 */
export async function privateKeyJwtClient(options: PrivateKeyJwtOptions): Promise<ClientAuthentication> {
  const { id, algorithm, key, kid, audience } = options;
  checkText("privateKeyJwtClient()", "id", id);
  checkText("privateKeyJwtClient()", "audience", audience);
  const signer = await jwtSigner({ algorithm, key, kid });
  return {
    async credentials(now) {
      const iat = Math.floor(now / 1_000);
      const claims = { iss: id, sub: id, aud: audience, jti: crypto.randomUUID(), iat, exp: iat + lifetimeSeconds };
      return {
        fields: [
          ["client_assertion_type", assertionType],
          ["client_assertion", await signer.sign(claims)],
        ],
      };
    },
  };
}
