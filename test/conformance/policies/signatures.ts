import { compactVerify, createLocalJWKSet, errors, importJWK } from "jose";
import { definePolicy, Response } from "sluice";
import * as v from "valibot";

const jwk = v.custom<JsonWebKey>((value) => typeof value === "object");

/** Lets pass who brings a token that jose takes; answers with a token of its own where the request has a key and no token. */
export default definePolicy({
  config: v.object({
    jwks: v.object({ keys: v.array(jwk) }),
    algorithms: v.array(v.string()),
    signWith: v.optional(jwk),
  }),

  async configure({ config: { jwks, algorithms, signWith } }) {
    const [first] = jwks.keys;
    const set = first?.kty === "oct" ? await importJWK(first) : createLocalJWKSet(jwks);
    return { keys: typeof set === "function" ? set : () => set, algorithms, signWith };
  },

  async onRequest(request, { resources: { keys, algorithms, signWith } }) {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (token === undefined) {
      return signWith === undefined ? new Response("no token", { status: 401 }) : new Response(await sealed(signWith));
    }
    try {
      const { payload, protectedHeader } = await compactVerify(token, keys, { algorithms });
      request.headers.set("x-verified", `${protectedHeader.alg}: ${new TextDecoder().decode(payload).length} bytes`);
      return undefined;
    } catch (error) {
      return new Response(error instanceof errors.JOSEError ? error.code : String(error), { status: 401 });
    }
  },
});

/** Whether the key verifies what it has signed. */
async function sealed(key: JsonWebKey): Promise<string> {
  const data = new TextEncoder().encode("sealed");
  const { kty, crv, x, y, n, e } = key;
  const [algorithm, signing] =
    kty === "RSA"
      ? ([{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, { name: "RSASSA-PKCS1-v1_5" }] as const)
      : ([
          { name: "ECDSA", namedCurve: crv as "P-256" },
          { name: "ECDSA", hash: "SHA-256" },
        ] as const);
  const secret = await crypto.subtle.importKey("jwk", key, algorithm, false, ["sign"]);
  const shown = { kty, crv, x, y, n, e } as JsonWebKey;
  const known = await crypto.subtle.importKey("jwk", shown, algorithm, true, ["verify"]);
  const signature = await crypto.subtle.sign(signing, secret, data);
  const right = await crypto.subtle.verify(signing, known, signature, data);
  const wrong = await crypto.subtle.verify(signing, known, signature, data.slice(1));
  return `${signature.byteLength} bytes: ${right}, ${wrong}`;
}
