/** The examples of the standards, and what jose says of the same tokens. */
import "../../../src/host/native/base64.js";
import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { BearerAnswers } from "../../../src/services/bearer/index.js";
import {
  dpopProofs,
  EdDSA,
  ES256,
  ES384,
  ES512,
  HS256,
  HS384,
  HS512,
  type JwtVerifierOptions,
  jwkSet,
  jwtVerifier,
  pemKey,
  RS256,
  RS384,
  RS512,
  secretKey,
} from "../../../src/services/jwt/index.js";
import type { Storage } from "../../../src/services/storage/storage.js";
import { Random } from "../../../src/testing/random.js";
import { attacks } from "./attacks.js";
import { b64, claims, ec, rsa, secret, signature } from "./tokens.js";
import { boundRequest, vectors } from "./vectors.js";
import { request, start, Worker } from "./worker.js";

const algorithms = [HS256, HS384, HS512, RS256, RS384, RS512, ES256, ES384, ES512, EdDSA];

/** What a verifier says: "good", or the code of its error. */
async function said(options: JwtVerifierOptions, text: string, at = start * 1_000): Promise<string> {
  const worker = new Worker();
  worker.now = at;
  const verifier = await jwtVerifier(worker.context, options);
  return verifier.verify(text).then(
    () => "good",
    (error: unknown) => (error as { code: string }).code,
  );
}

describe.each(vectors)("$name ($alg)", ({ name, alg, jwk, token, hasClaims }) => {
  const options = { keys: jwkSet(jwk), algorithms: algorithms.filter(({ name }) => name === alg), requiredClaims: [] };

  it("is verified, until it expires", async () => {
    // A payload that is no object is looked at behind the signature only.
    expect(await said(options, token, 1_300_819_379_000)).toBe(hasClaims ? "good" : "JWT_MALFORMED");
    if (hasClaims && name.startsWith("RFC 7515")) {
      expect(await said(options, token, 1_300_819_380_000)).toBe("JWT_EXPIRED");
    }
  });

  it("is refused with any byte of the signature changed", async () => {
    const [header = "", payload = "", text = ""] = token.split(".");
    const bytes = Buffer.from(text, "base64url");
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 0x80 : byte)));
      expect(await said(options, `${header}.${payload}.${b64(changed)}`, 1_300_819_379_000)).toBe("JWT_SIGNATURE");
    }
  });
});

describe("RFC 9449 section 7.1", () => {
  const { token, proof, jkt, iat, ...head } = boundRequest;
  const used = new Set<string>();
  const replays = {
    set: (id: string) => Promise.resolve(used.has(id) ? undefined : (used.add(id), 1)),
  } as unknown as Storage<number>;
  const checked = (thumbprint: string, of = token, at = iat, more: object = {}) => {
    const worker = new Worker();
    worker.now = at * 1_000;
    const sent = request({ authorization: `DPoP ${of}`, dpop: proof });
    const proofs = dpopProofs(worker.context, { algorithms: [ES256], replays });
    return proofs.check(
      { jkt: thumbprint },
      of,
      { ...sent, ...head, ...more },
      new BearerAnswers(),
    ) as Promise<unknown>;
  };

  it("has a proof of the key that section 6.1 names, for one token, one URL and a time, once", async () => {
    expect(await checked("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")).toBe("JWT_PROOF");
    expect(await checked(jkt, `${token}a`)).toBe("JWT_PROOF");
    expect(await checked(jkt, token, iat + 61)).toBe("JWT_PROOF");
    expect(await checked(jkt, token, iat, { path: "/other" })).toBe("JWT_PROOF");
    expect(await checked(jkt)).toBeUndefined();
    expect(await checked(jkt)).toBe("JWT_PROOF");
  });
});

describe("jose", () => {
  const keyOf = { RS256: rsa.publicKey, ES256: ec.publicKey, HS256: new TextEncoder().encode(secret) };
  const sourceOf = { RS256: pemKey(rsa.pem), ES256: pemKey(ec.pem), HS256: secretKey(secret) };
  const algorithmOf = { RS256, ES256, HS256 };
  const rules = { issuer: "https://issuer.example.com", audience: "orders" };
  type Alg = keyof typeof keyOf;

  const josesOpinion = (alg: Alg, text: string): Promise<string> =>
    jwtVerify(text, keyOf[alg], {
      ...rules,
      algorithms: [alg],
      requiredClaims: ["exp"],
      currentDate: new Date(start * 1_000),
    }).then(
      () => "good",
      (error: unknown) => String((error as { code?: unknown }).code),
    );
  const ours = (alg: Alg, text: string): Promise<string> =>
    said({ keys: sourceOf[alg], algorithms: [algorithmOf[alg]], ...rules }, text);

  /** What it takes and this does not: see docs/services/jwt.md. */
  const stricter = [
    /twice/, // RFC 8725 section 2.4
    /last bits|padding behind|line end|space in|space behind|tab in/, // one text for the same bytes
    /typ that is|kid that is/,
    /byte order mark|not UTF-8/,
    /b64 that is|b64: false without crit|b64: true/,
    /^crit|crit$/,
    /beyond any|in milliseconds|below 0|null/,
    /^(?:sub|jti|iss|aud) that is|aud with what is no text/,
    /^bound to/,
    /large|many dots/,
    /fraction of a second/, // it has seconds only
    /base64, not|plus in|slash in/,
  ];

  it.each(attacks)(
    "refuses what is refused here, or is less strict for a known reason: $name",
    async ({ name, token, verifier = "RS256" }) => {
      const opinion = await josesOpinion(verifier, token);
      if (opinion === "good") {
        expect(stricter.filter((pattern) => pattern.test(name))).not.toEqual([]);
      }
    },
  );

  it("says the same of tokens that are changed at random", async () => {
    const random = new Random(20_260_101);
    const opinions = new Map<string, number>();
    for (let round = 0; round < 1_500; round++) {
      const { alg, text } = randomToken(random);
      const [jose, own] = [await josesOpinion(alg, text), await ours(alg, text)];
      const both = `${jose === "good" ? "good" : "bad"} ${own === "good" ? "good" : "bad"}`;
      opinions.set(both, (opinions.get(both) ?? 0) + 1);
      // What is good here is good there; what differs otherwise is base64url or JSON that it reads and this does not.
      expect([round, both === "bad good", text]).toEqual([round, false, text]);
      if (both === "good bad") {
        expect(["JWT_MALFORMED", "JWT_CLAIMS"]).toContain(own);
      }
    }
    expect(opinions.get("good good")).toBeGreaterThan(100);
    expect(opinions.get("bad bad")).toBeGreaterThan(100);
  }, 60_000);

  function randomToken(random: Random): { alg: Alg; text: string } {
    const pick = <T>(values: readonly T[]): T => values[random.below(values.length)]!;
    const alg = pick<Alg>(["RS256", "ES256", "HS256"]);
    const wild = random.once(2);
    const maybe = <T>(usual: T, values: readonly unknown[]): unknown => (wild && random.once(3) ? pick(values) : usual);
    const header = {
      alg: maybe(alg, ["none", "HS256", "RS512"]),
      ...(maybe({ typ: "JWT" }, [{}, { kid: "a" }, { crit: ["x"] }]) as object),
    };
    const date = (): unknown => maybe(undefined, [start + 300, start - 1, start, 0, "1", -1, start + 0.5]);
    const payload = claims({
      exp: maybe(start + 300, [date()]),
      nbf: date(),
      iat: date(),
      iss: maybe("https://issuer.example.com", ["x", undefined]),
      aud: maybe("orders", [["a", "orders"], "x", [], undefined]),
    });
    const signed = `${b64(header)}.${b64(payload)}`;
    const key = { RS256: rsa.privateKey, ES256: ec.privateKey, HS256: secret }[alg];
    let text = `${signed}.${signature(alg, key, signed)}`;
    if (random.once(4)) {
      const at = random.below(text.length);
      text = text.slice(0, at) + pick(["", "A", ".", "=", " ", "-", "é"]) + text.slice(at + random.below(3));
    }
    return { alg, text };
  }
});
