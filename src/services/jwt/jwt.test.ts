import "../../host/native/base64.js";
import { describe, expect, it } from "vitest";
import {
  claims,
  ec,
  ecKeys,
  edKeys,
  otherRsa,
  rsa,
  rsaKeys,
  secret,
  token,
} from "../../../test/services/jwt/tokens.js";
import { connection, request, start, Worker } from "../../../test/services/jwt/worker.js";
import { base64urlOf, bytesOf } from "./base64url.js";
import {
  Ed25519,
  EdDSA,
  ES256,
  ES384,
  ES512,
  HS256,
  HS384,
  HS512,
  type JwtAlgorithm,
  type JwtVerifierOptions,
  jwkSet,
  jwtVerifier,
  PS256,
  PS384,
  PS512,
  pemKey,
  RS256,
  RS384,
  RS512,
  secretKey,
  signJwt,
} from "./index.js";

const bearer = (text: string) => request({ authorization: `Bearer ${text}` });
const everything = [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519];
const long = "a secret of the tests that is long enough for each of the algorithms, HS512 too";
const withRsa = { keys: pemKey(rsa.pem), algorithms: [RS256] };

/** What a verifier says of a token: its subject, or why it is refused. */
async function said(options: JwtVerifierOptions, text: string, worker = new Worker()): Promise<string> {
  const verifier = await jwtVerifier(worker.context, options);
  return verifier.verify(text).then(
    ({ claims: { sub = "" } }) => sub,
    (error: unknown) => (error as { code: string }).code,
  );
}

describe("base64url", () => {
  it("is read as Buffer reads it, and written as it was", () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 37 + length * 11) & 255);
      const text = Buffer.from(bytes).toString("base64url");
      expect(bytesOf(text)).toEqual(bytes);
      expect(base64urlOf(bytes)).toBe(text);
    }
  });

  it("has one text for the same bytes, of all that there are of up to three characters", () => {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n.";
    for (const a of alphabet) {
      for (const b of alphabet) {
        for (const text of [a, a + b, `${a}A${b}`]) {
          const bytes = bytesOf(text);
          expect(bytes === undefined ? undefined : Buffer.from(bytes).toString("base64url")).toBe(
            bytes === undefined ? undefined : text,
          );
          const node = Buffer.from(text, "base64url");
          expect(bytes !== undefined).toBe(node.toString("base64url") === text);
        }
      }
    }
  });
});

describe("keys", () => {
  it.each(everything.map((algorithm) => [algorithm.name, algorithm] as const))(
    "of every form verify what is signed with %s",
    async (name, algorithm) => {
      const keys = keysOf(algorithm);
      const text = await signJwt({ sub: "ada", exp: start + 300 }, { algorithm, key: keys.signing });
      for (const key of keys.verifying) {
        expect(await said({ keys: key, algorithms: [algorithm] }, text)).toBe("ada");
        expect(
          await said(
            { keys: key, algorithms: everything.filter((other) => other.keyType === algorithm.keyType) },
            text,
          ),
        ).toBe("ada");
      }
      expect(await said({ keys: keys.other, algorithms: everything }, text)).toMatch(/^JWT_(SIGNATURE|KEY_UNKNOWN)$/);
      expect(name).toBe(algorithm.name);
    },
  );

  it("of Ed25519 verify tokens under the name that is accepted alone", async () => {
    const { verifying, signing } = keysOf(EdDSA);
    const text = await signJwt({ sub: "ada", exp: start + 300 }, { algorithm: Ed25519, key: signing });
    expect(await said({ keys: verifying[0]!, algorithms: [EdDSA, Ed25519] }, text)).toBe("ada");
    expect(await said({ keys: verifying[0]!, algorithms: [EdDSA] }, text)).toBe("JWT_ALGORITHM");
  });

  it("of several sources are tried, those of other ids not", async () => {
    const keys = [pemKey(otherRsa.pem, { kid: "a" }), pemKey(rsa.pem, { kid: "b" })];
    const algorithms = [RS256];
    expect(await said({ keys, algorithms }, token({ alg: "RS256" }, claims()))).toBe("ada");
    expect(await said({ keys, algorithms }, token({ alg: "RS256", kid: "b" }, claims()))).toBe("ada");
    expect(await said({ keys, algorithms }, token({ alg: "RS256", kid: "a" }, claims()))).toBe("JWT_SIGNATURE");
    expect(await said({ keys, algorithms }, token({ alg: "RS256", kid: "c" }, claims()))).toBe("JWT_KEY_UNKNOWN");
    expect(await said({ keys: pemKey(rsa.pem), algorithms }, token({ alg: "RS256", kid: "c" }, claims()))).toBe("ada");
  });

  it("of a set count for what they say they are for", async () => {
    const text = token({ alg: "RS256", kid: "a" }, claims());
    const set = (more: object) => jwkSet({ keys: [{ ...ec.jwk }, { ...rsa.jwk, kid: "a", ...more }] });
    const algorithms = [RS256, RS512, ES256];
    for (const more of [{}, { use: "sig" }, { alg: "RS256" }, { key_ops: ["verify"] }, { x5t: "x", unknown: 1 }]) {
      expect(await said({ keys: set(more), algorithms }, text)).toBe("ada");
    }
    for (const more of [
      { use: "enc" },
      { alg: "RS512" },
      { alg: "RSA-OAEP" },
      { key_ops: ["encrypt"] },
      { kty: "oct" },
      { kty: "OKP" },
    ]) {
      expect(await said({ keys: set(more), algorithms }, text)).toBe("JWT_KEY_UNKNOWN");
    }
  });

  const weak = rsaKeys(1_024);
  it.each<[string, () => JwtVerifierOptions["issuers" & keyof JwtVerifierOptions] | object, string]>([
    ["RSA of 1024 bits as PEM", () => ({ keys: pemKey(weak.pem), algorithms: [RS256] }), "2048"],
    ["RSA of 1024 bits as JWK", () => ({ keys: jwkSet(weak.jwk), algorithms: [RS256] }), "2048"],
    [
      "RSA of 1024 bits in a set",
      () => ({ keys: jwkSet({ keys: [rsa.jwk, weak.jwk] }), algorithms: [RS256] }),
      "keys[1]",
    ],
    ["RSA with the exponent 1", () => ({ keys: jwkSet({ ...rsa.jwk, e: "AQ" }), algorithms: [RS256] }), ""],
    ["RSA with an even exponent", () => ({ keys: jwkSet({ ...rsa.jwk, e: "AQAA" }), algorithms: [RS256] }), ""],
    ["a secret of 31 bytes", () => ({ keys: secretKey("x".repeat(31)), algorithms: [HS256] }), "32 bytes"],
    ["a secret of 63 bytes for HS512", () => ({ keys: secretKey("x".repeat(63)), algorithms: [HS512] }), "64 bytes"],
    [
      "a secret of 31 bytes as JWK",
      () => ({ keys: jwkSet({ kty: "oct", k: "A".repeat(42) }), algorithms: [HS256] }),
      "32 bytes",
    ],
    ["an empty secret", () => ({ keys: secretKey(""), algorithms: [HS256] }), "32 bytes"],
    [
      "a secret that is missing",
      () => ({ keys: secretKey(undefined as unknown as string), algorithms: [HS256] }),
      "bytes",
    ],
    ["a public key as secret", () => ({ keys: secretKey(rsa.pem), algorithms: [HS256] }), "PEM"],
    ["a secret for RS256", () => ({ keys: secretKey(long), algorithms: [RS256] }), "RS256"],
    ["a key of RSA for HS256", () => ({ keys: pemKey(rsa.pem), algorithms: [HS256] }), "HS256"],
    ["a key of RSA for ES256", () => ({ keys: pemKey(rsa.pem), algorithms: [ES256] }), "ES256"],
    ["a key of P-256 for ES384", () => ({ keys: pemKey(ec.pem), algorithms: [ES384] }), "ES384"],
    ["a private key as PEM", () => ({ keys: pemKey(privatePem(rsa)), algorithms: [RS256] }), "public"],
    [
      "a private key as JWK",
      () => ({ keys: jwkSet(rsa.privateKey.export({ format: "jwk" })), algorithms: [RS256] }),
      "private",
    ],
    [
      "a certificate",
      () => ({ keys: pemKey("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), algorithms: [RS256] }),
      "openssl x509",
    ],
    [
      "PKCS#1",
      () => ({ keys: pemKey(rsa.publicKey.export({ type: "pkcs1", format: "pem" }) as string), algorithms: [RS256] }),
      "openssl rsa",
    ],
    ["two blocks of PEM", () => ({ keys: pemKey(rsa.pem + ec.pem), algorithms: [RS256] }), "one block"],
    ["PEM with something around it", () => ({ keys: pemKey(`key: ${rsa.pem}`), algorithms: [RS256] }), "one block"],
    [
      "PEM with bytes behind the key",
      () => ({ keys: pemKey(withBytesBehind(rsa.pem)), algorithms: [RS256] }),
      "behind",
    ],
    [
      "PEM with another end",
      () => ({ keys: pemKey(rsa.pem.replace("END PUBLIC", "END PRIVATE")), algorithms: [RS256] }),
      "one block",
    ],
    ["PEM of another curve", () => ({ keys: pemKey(ecKeys("secp256k1").pem), algorithms: [ES256] }), "ES256"],
    ["no PEM", () => ({ keys: pemKey("MIIB"), algorithms: [RS256] }), "one block"],
    ["an empty set", () => ({ keys: jwkSet({ keys: [] }), algorithms: [RS256] }), "RS256"],
    ["no set", () => ({ keys: jwkSet("[]"), algorithms: [RS256] }), "keys"],
    ["no JSON", () => ({ keys: jwkSet("{"), algorithms: [RS256] }), "JSON"],
    ["a set with what is no key", () => ({ keys: jwkSet({ keys: ["a" as never] }), algorithms: [RS256] }), "keys[0]"],
    ["a key with padding", () => ({ keys: jwkSet({ ...rsa.jwk, e: "AQAB==" }), algorithms: [RS256] }), "e:"],
    ["a key without its modulus", () => ({ keys: jwkSet({ kty: "RSA", e: "AQAB" }), algorithms: [RS256] }), "n:"],
    [
      "a point that is not on the curve",
      () => ({ keys: jwkSet({ ...ec.jwk, y: ec.jwk.x! }), algorithms: [ES256] }),
      "ES256",
    ],
  ])("are refused: %s", async (_, options, message) => {
    await expect(jwtVerifier(new Worker().context, options() as JwtVerifierOptions)).rejects.toMatchObject({
      code: "JWT_KEY",
      message: expect.stringContaining(message) as string,
    });
  });

  it("are in no error", async () => {
    const key = secret.slice(0, 20);
    const error: unknown = await jwtVerifier(new Worker().context, { keys: secretKey(key), algorithms: [HS256] }).catch(
      (e: unknown) => e,
    );
    expect(String((error as Error).stack)).not.toContain(key);
    const verifier = await jwtVerifier(new Worker().context, { keys: secretKey(secret), algorithms: [HS256] });
    expect(JSON.stringify(verifier)).toBe("{}");
  });
});

describe("options", () => {
  it.each<[object, string]>([
    [{ algorithms: [] }, "algorithms"],
    [{ algorithms: ["RS256"] }, "algorithms"],
    [{ keys: [] }, "keys"],
    [{ keys: rsa.pem }, "keys"],
    [{ issuer: "" }, "issuer"],
    [{ audience: [] }, "audience"],
    [{ audience: [""] }, "audience"],
    [{ audience: 7 }, "audience"],
    [{ clockTolerance: -1 }, "clockTolerance"],
    [{ clockTolerance: "soon" }, "clockTolerance"],
    [{ maxAge: 0 }, "maxAge"],
    [{ requiredClaims: "exp" }, "requiredClaims"],
    [{ requiredClaims: [1] }, "requiredClaims"],
    [{ typ: "" }, "typ"],
    [{ maxLength: 1 }, "maxLength"],
    [{ maxLength: 1e9 }, "maxLength"],
    [{ cacheEntries: -1 }, "cacheEntries"],
    [{ claims: {} }, "claims"],
    [{ issuers: [] }, "issuers"],
    [{ issuers: [{ ...withRsa }] }, "issuers[0].issuer"],
    [
      {
        issuers: [
          { ...withRsa, issuer: "a" },
          { ...withRsa, issuer: "a" },
        ],
      },
      "issuers[1].issuer",
    ],
  ])("%j are refused", async (options, message) => {
    await expect(
      jwtVerifier(new Worker().context, { ...withRsa, ...options } as JwtVerifierOptions),
    ).rejects.toMatchObject({ code: "JWT_OPTIONS", message: expect.stringContaining(message) as string });
  });
});

describe("rules", () => {
  const rs = (more: object, header: object = {}) =>
    token({ alg: "RS256", ...header }, claims(more as Record<string, unknown>));

  it.each<[object, object, string]>([
    [{ clockTolerance: "30s" }, { exp: start - 29 }, "ada"],
    [{ clockTolerance: "30s" }, { exp: start - 30 }, "JWT_EXPIRED"],
    [{ clockTolerance: "30s" }, { nbf: start + 30 }, "ada"],
    [{ clockTolerance: "30s" }, { nbf: start + 31 }, "JWT_NOT_YET_VALID"],
    [{}, { nbf: start }, "ada"],
    [{ maxAge: "1m" }, {}, "JWT_CLAIMS"],
    [{ maxAge: "1m" }, { iat: start - 60 }, "ada"],
    [{ maxAge: "1m" }, { iat: start - 61 }, "JWT_TOO_OLD"],
    [{ maxAge: "1m" }, { iat: start + 1 }, "JWT_NOT_YET_VALID"],
    [{}, { iat: start + 1 }, "ada"],
    [{ maxAge: "1m", clockTolerance: "5s" }, { iat: start - 65 }, "ada"],
    [{ requiredClaims: [] }, { exp: undefined }, "ada"],
    [{ requiredClaims: ["exp", "scope"] }, {}, "JWT_CLAIMS"],
    [{ requiredClaims: ["exp", "scope"] }, { scope: "" }, "ada"],
    [{ audience: ["invoices", "orders"] }, {}, "ada"],
    [{ audience: "orders" }, { aud: ["a", "orders"] }, "ada"],
    [{ audience: "orders" }, { aud: ["a"] }, "JWT_AUDIENCE"],
    [{}, { aud: ["whoever"] }, "ada"],
  ])("%j of %j: %s", async (rules, more, expected) => {
    expect(await said({ ...withRsa, ...rules }, rs(more))).toBe(expected);
  });

  it.each([
    ["at+jwt", "ada"],
    ["AT+JWT", "ada"],
    ["application/at+jwt", "ada"],
    ["JWT", "JWT_TYPE"],
    [undefined, "JWT_TYPE"],
  ])("typ %s: %s", async (typ, expected) => {
    expect(await said({ ...withRsa, typ: "at+jwt" }, rs({}, { typ }))).toBe(expected);
  });

  it("of several issuers are each its own, and so are their keys", async () => {
    const options: JwtVerifierOptions = {
      issuers: [
        { issuer: "https://issuer.example.com", ...withRsa, audience: "orders" },
        { issuer: "https://other.example.com", keys: secretKey(secret), algorithms: [HS256] },
      ],
    };
    expect(await said(options, rs({}))).toBe("ada");
    expect(await said(options, token({ alg: "HS256" }, claims({ iss: "https://other.example.com" })))).toBe("ada");
    expect(await said(options, token({ alg: "HS256" }, claims()))).toBe("JWT_ALGORITHM");
    expect(await said(options, rs({ iss: "https://other.example.com" }))).toBe("JWT_ALGORITHM");
    expect(await said(options, rs({ iss: "https://third.example.com" }))).toBe("JWT_ISSUER");
    expect(await said(options, rs({ iss: undefined }))).toBe("JWT_ISSUER");
  });

  it("of a schema refuse what does not fit, and type what does", async () => {
    const schema = {
      "~standard": {
        version: 1 as const,
        vendor: "tests",
        validate: (value: unknown) =>
          (value as { role?: unknown }).role === "admin"
            ? { value: { role: "admin" as const } }
            : { issues: [{ message: "no" }] },
      },
    };
    const verifier = await jwtVerifier(new Worker().context, { ...withRsa, claims: schema });
    expect((await verifier.verify(rs({ role: "admin" }))).claims).toEqual({ role: "admin" });
    await expect(verifier.verify(rs({ role: "guest" }))).rejects.toMatchObject({ code: "JWT_CLAIMS" });
  });
});

describe("a verified token", () => {
  const text = token({ alg: "RS256", kid: "k" }, claims({ scope: "read  write", client_id: "app", list: [{ a: 1 }] }));

  it("tells who calls, what they may, and until when", async () => {
    const verifier = await jwtVerifier(new Worker().context, withRsa);
    const verified = await verifier.verify(text);
    expect(verified).toMatchObject({
      header: { alg: "RS256", kid: "k" },
      scopes: ["read", "write"],
      expiresAt: (start + 300) * 1_000,
      authentication: {
        principal: "ada",
        clientId: "app",
        properties: { scopes: ["read", "write"], claims: { sub: "ada" } },
      },
    });
    expect(
      (await verifier.verify(token({ alg: "RS256" }, claims({ scp: ["a", "b"], azp: "app" })))).authentication,
    ).toMatchObject({
      clientId: "app",
      properties: { scopes: ["a", "b"] },
    });
  });

  it.each([[["a", 1]], [["a b"]], ['a "b"'], [{ a: true }], [1]])("has no scopes where they are %j", async (scope) => {
    const verifier = await jwtVerifier(new Worker().context, withRsa);
    expect((await verifier.verify(token({ alg: "RS256" }, claims({ scope })))).scopes).toEqual([]);
  });

  it("cannot be changed", async () => {
    const { claims: said } = await (await jwtVerifier(new Worker().context, withRsa)).verify(text);
    expect(() => {
      (said["list"] as { a: number }[])[0]!.a = 2;
    }).toThrow(TypeError);
  });

  it("is there at once the second time, until it expires", async () => {
    const worker = new Worker();
    const verifier = await jwtVerifier(worker.context, withRsa);
    const first = await verifier.verifyRequest(bearer(text), connection());
    const again = verifier.verifyRequest(bearer(text), connection());
    expect(again).toMatchObject({ state: "fulfilled" });
    expect(await again).toBe(first);
    worker.now += 299_999;
    expect(await verifier.verifyRequest(bearer(text), connection())).toBe(first);
    worker.now += 1;
    expect(await verifier.verifyRequest(bearer(text), connection())).toMatchObject({ code: "JWT_EXPIRED" });
  });

  it("is verified anew where none are kept", async () => {
    const verifier = await jwtVerifier(new Worker().context, { ...withRsa, cacheEntries: 0 });
    const first = await verifier.verifyRequest(bearer(text), connection());
    expect(await verifier.verifyRequest(bearer(text), connection())).not.toBe(first);
  });

  it("is not driven out by bad ones", async () => {
    const verifier = await jwtVerifier(new Worker().context, { ...withRsa, cacheEntries: 1 });
    const first = await verifier.verifyRequest(bearer(text), connection());
    for (let index = 0; index < 300; index++) {
      await verifier.verifyRequest(bearer(text.replace(/.{4}$/, String(1_000 + index))), connection());
    }
    expect(await verifier.verifyRequest(bearer(text), connection())).toBe(first);
  });

  it("counts again once its time has come", async () => {
    const worker = new Worker();
    const verifier = await jwtVerifier(worker.context, withRsa);
    const early = bearer(token({ alg: "RS256" }, claims({ nbf: start + 1 })));
    expect(await verifier.verifyRequest(early, connection())).toMatchObject({ code: "JWT_NOT_YET_VALID" });
    worker.now += 1_000;
    expect(await verifier.verifyRequest(early, connection())).toMatchObject({ verified: true });
  });

  it("that is bound to a certificate is accepted from whoever has presented that", async () => {
    const hex = "6f070ad1eb1cddc0020b70f66398ff944b1713ca3d96d734e4ef3d8dd37e760d";
    const thumbprint = Buffer.from(hex, "hex").toString("base64url");
    const verifier = await jwtVerifier(new Worker().context, withRsa);
    const bound = bearer(token({ alg: "RS256" }, claims({ cnf: { "x5t#S256": thumbprint } })));
    const said = async (digest?: string): Promise<unknown> =>
      (
        await verifier.verifyRequest(
          bound,
          connection(digest === undefined ? {} : { "connection.sha256_peer_certificate_digest": digest }),
        )
      ).verified;
    expect([
      await said(hex),
      await said(),
      await said(""),
      await said(hex.replace("6", "7")),
      await said(hex.slice(2)),
    ]).toEqual([true, false, false, false, false]);
    expect(await said(hex)).toBe(true);
    const ignoring = await jwtVerifier(new Worker().context, { ...withRsa, ignoreBinding: true });
    expect(await ignoring.verifyRequest(bound, connection())).toMatchObject({ verified: true });
  });
});

describe("a request without a token", () => {
  it("is refused unless that may be, one with a bad token in any case", async () => {
    const strict = await jwtVerifier(new Worker().context, withRsa);
    const lenient = await jwtVerifier(new Worker().context, { ...withRsa, optional: true });
    for (const headers of [{}, { authorization: "Bearer" }, { authorization: "Basic abc" }]) {
      expect(await strict.verifyRequest(request(headers), connection())).toMatchObject({ code: "JWT_MISSING" });
      expect(await lenient.verifyRequest(request(headers), connection())).toBeUndefined();
    }
    expect(await lenient.verifyRequest(bearer("a.b.c"), connection())).toMatchObject({ code: "JWT_MALFORMED" });
    expect(await lenient.verifyRequest(bearer("nodots"), connection())).toMatchObject({ code: "JWT_MALFORMED" });
  });
});

describe("signing", () => {
  it.each<[object, unknown]>([
    [{ key: "short", algorithm: HS256 }, "JWT_KEY"],
    [{ key: rsa.pem, algorithm: RS256 }, "JWT_KEY"],
    [{ key: privatePem(rsa), algorithm: ES256 }, "JWT_KEY"],
    [{ key: privatePem(rsaKeys(1_024)), algorithm: RS256 }, "JWT_KEY"],
    [{ key: rsa.jwk, algorithm: RS256 }, "JWT_KEY"],
    [{ key: long, algorithm: "HS256" }, "JWT_OPTIONS"],
    [{ key: long, algorithm: HS256, kid: 7 }, "JWT_OPTIONS"],
  ])("with %j is refused", async (options, code) => {
    await expect(signJwt({}, options as never)).rejects.toMatchObject({ code });
  });

  it("of what is no date, or no claims, is refused", async () => {
    const options = { key: long, algorithm: HS256 };
    for (const bad of [{ exp: Number.NaN }, { exp: "1" }, { nbf: -1 }, [], null]) {
      await expect(signJwt(bad as never, options)).rejects.toMatchObject({ code: "JWT_OPTIONS" });
    }
  });
});

function privatePem({ privateKey }: typeof rsa): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

function withBytesBehind(pem: string): string {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  return `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([der, Buffer.alloc(3)]).toString("base64")}\n-----END PUBLIC KEY-----\n`;
}

/** Keys for an algorithm in all forms, and others. */
function keysOf(algorithm: JwtAlgorithm) {
  if (algorithm.keyType === "oct") {
    const jwk = { kty: "oct", k: Buffer.from(long).toString("base64url") };
    return {
      signing: jwk,
      verifying: [
        secretKey(long),
        secretKey(new TextEncoder().encode(long)),
        jwkSet(jwk),
        jwkSet(JSON.stringify({ keys: [jwk] })),
      ],
      other: secretKey(`another ${long}`),
    };
  }
  const others = (): typeof rsa => (algorithm.keyType === "OKP" ? edKeys() : ecKeys(algorithm.curve));
  const own = algorithm.keyType === "RSA" ? rsa : others();
  return {
    signing: privatePem(own),
    verifying: [pemKey(own.pem), jwkSet(own.jwk), jwkSet(JSON.stringify(own.jwk))],
    other: [pemKey(algorithm.keyType === "RSA" ? otherRsa.pem : others().pem), pemKey(rsaKeys().pem, { kid: "x" })],
  };
}
