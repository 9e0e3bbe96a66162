import { definePolicy, Response, SluiceError } from "sluice";
import {
  EdDSA,
  ES256,
  ES384,
  ES512,
  HS256,
  HS384,
  HS512,
  type Jwk,
  jwkSet,
  jwtVerifier,
  PS256,
  PS384,
  PS512,
  RS256,
  RS384,
  RS512,
  signJwt,
} from "sluice/jwt";

const algorithms = [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA];

interface Question {
  readonly alg: string;
  readonly keys: Jwk;
  readonly token?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** Answers the JSON in the path: whether a token is good, or the code of its error; or claims, signed. */
export default definePolicy({
  // Verifiers are made where services are.
  configure:
    (context) =>
    async ({ alg, keys, token, claims }: Question): Promise<string> => {
      const algorithm = algorithms.find(({ name }) => name === alg)!;
      if (token === undefined) {
        return signJwt(claims ?? {}, { algorithm, key: keys });
      }
      try {
        const options = { keys: jwkSet(keys), algorithms: [algorithm], requiredClaims: [] };
        await (await jwtVerifier(context, options)).verify(token);
        return "good";
      } catch (error) {
        return error instanceof SluiceError ? error.code : String(error);
      }
    },

  async onRequest(request, { resources: answer }) {
    return new Response(await answer(JSON.parse(decodeURIComponent(request.path.slice(1))) as Question));
  },
});
