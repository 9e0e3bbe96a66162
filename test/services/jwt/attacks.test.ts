import "../../../src/host/native/base64.js";
import { beforeAll, describe, expect, it } from "vitest";
import {
  ES256,
  HS256,
  type JwtVerifier,
  jwtVerifier,
  pemKey,
  RS256,
  secretKey,
} from "../../../src/services/jwt/index.js";
import { attacks } from "./attacks.js";
import { claims, ec, rsa, secret, token } from "./tokens.js";
import { connection, request, Worker } from "./worker.js";

const rules = { issuer: "https://issuer.example.com", audience: "orders" };
const verifiers = new Map<string, JwtVerifier>();

beforeAll(async () => {
  const { context } = new Worker();
  verifiers.set("RS256", await jwtVerifier(context, { keys: pemKey(rsa.pem), algorithms: [RS256], ...rules }));
  verifiers.set("ES256", await jwtVerifier(context, { keys: pemKey(ec.pem), algorithms: [ES256], ...rules }));
  verifiers.set("HS256", await jwtVerifier(context, { keys: secretKey(secret), algorithms: [HS256], ...rules }));
});

const verified = (verifier: string, text: string) =>
  verifiers.get(verifier)!.verifyRequest(request({ authorization: `Bearer ${text}` }), connection());

it.each(["RS256", "ES256", "HS256"])("a good token of %s is accepted", async (alg) => {
  expect(await verified(alg, token({ alg }, claims()))).toMatchObject({ verified: true, claims: claims() });
});

describe("a token is refused, the first time and again:", () => {
  it.each(attacks)("$code: $name", async ({ token: text, code, verifier = "RS256" }) => {
    // White space around a field's value does not reach filters.
    if (!text.startsWith(" ")) {
      expect(await verified(verifier, text)).toMatchObject({ verified: false, code });
      expect(await verified(verifier, text)).toMatchObject({ verified: false, code });
    }
    const again = await verifiers
      .get(verifier)!
      .verify(text)
      .catch((error: unknown) => error);
    // What a token is bound to is nothing that it shows alone.
    expect(again).toMatchObject(code === "JWT_BINDING" ? { verified: true } : { name: "JwtError", code });
  });

  it("more than 120 of them", () => {
    expect(new Set(attacks.map(({ token: text, verifier }) => `${verifier} ${text}`)).size).toBeGreaterThan(120);
  });
});
