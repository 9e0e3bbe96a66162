/** Proofs of possession, RFC 9449: good ones once, and others never. */
import { createHash, createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { calculateJwkThumbprint } from "jose";
import { testGateway } from "sluice/testing";
import { describe, expect, it } from "vitest";
import { b64, claims, ec, ecKeys, otherEc, signature, token } from "./tokens.js";

const policy = fileURLToPath(new URL("../../conformance/policies/verifying.ts", import.meta.url));
const jkt = await calculateJwkThumbprint(ec.jwk);
const issuer = ecKeys();
const issued = (more: Record<string, unknown> = { cnf: { jkt } }): string =>
  token({ alg: "ES256" }, claims({ exp: 4_102_444_800, ...more }), issuer.privateKey);
const bound = issued();
const { kty, crv, x, y } = ec.jwk;
const jwk = { kty, crv, x, y };
let ids = 0;

async function start(dpop: object = {}) {
  const gateway = await testGateway({
    policies: [policy],
    config: {
      pem: issuer.pem,
      algorithms: ["ES256"],
      dpop: { origin: "https://api.example.com", ...dpop },
      rules: { challenge: { scheme: "DPoP", algs: ["ES256"] } },
    },
    workers: 2,
  });
  const seconds = (): number => Math.floor(gateway.clock.now() / 1_000);
  /** A proof as a client makes it, with what a test changes. */
  const proof = (
    more: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
    key = ec.privateKey,
  ): string => {
    const ath = createHash("sha256").update(bound).digest("base64url");
    const about = {
      jti: `id-${++ids}`,
      htm: "GET",
      htu: "https://api.example.com/orders",
      iat: seconds(),
      ath,
      ...more,
    };
    const signed = `${b64({ typ: "dpop+jwt", alg: "ES256", jwk, ...header })}.${b64(about)}`;
    return `${signed}.${signature("ES256", key, signed)}`;
  };
  const ask = async (headers: [string, string][], path = "/orders?a=1", worker = 0): Promise<number | string> => {
    const response = await gateway.fetch(path, { headers, worker });
    return response.headers.get("x-code") ?? response.status;
  };
  const withProof = (text: string, scheme = "DPoP", of = bound): [string, string][] => [
    ["authorization", `${scheme} ${of}`],
    ["dpop", text],
  ];
  return { gateway, seconds, proof, ask, withProof, [Symbol.asyncDispose]: () => gateway.close() };
}

it("a proof counts once, in whatever worker, and each request needs another one", async () => {
  await using use = await start();
  const proof = use.proof();
  expect(await use.ask(use.withProof(proof))).toBe(200);
  expect(await use.ask(use.withProof(proof))).toBe("JWT_PROOF");
  expect(await use.ask(use.withProof(proof), "/orders", 1)).toBe("JWT_PROOF");
  expect(await use.ask(use.withProof(use.proof(), "dpop"))).toBe(200);
  await use.gateway.clock.advance("30m");
  expect(await use.ask(use.withProof(proof))).toBe("JWT_PROOF");
});

it("a client is told what kind of token it has to have", async () => {
  await using use = await start();
  const response = await use.gateway.fetch("/orders", { headers: { authorization: `DPoP ${bound}` } });
  expect([response.status, response.headers.get("www-authenticate")]).toEqual([
    401,
    'DPoP algs="ES256", error="invalid_dpop_proof", error_description="The proof of possession is missing or wrong."',
  ]);
  const none = await use.gateway.fetch("/orders");
  expect(none.headers.get("www-authenticate")).toBe('DPoP algs="ES256"');
});

it("a URL is the same without what says nothing", async () => {
  await using use = await start();
  for (const htu of [
    "https://API.example.com/orders",
    "https://api.example.com:443/orders",
    "https://api.example.com/orders?x#y",
  ]) {
    expect(await use.ask(use.withProof(use.proof({ htu })))).toBe(200);
  }
});

describe("a nonce", () => {
  const secret = "a secret that no client knows, shared by all gateways, and longer than a block of the hash";
  const nonceAt = (window: number): string => createHmac("sha256", secret).update(`dpop ${window}`).digest("base64url");

  it("is told to clients whose proof has none, and counts until the end of the next period, in whatever worker", async () => {
    await using use = await start({ nonce: { secret, period: "1m" } });
    const window = Math.floor(use.gateway.clock.now() / 60_000);
    const told = await use.gateway.fetch("/orders", { headers: use.withProof(use.proof()) });
    expect([told.status, told.headers.get("www-authenticate"), told.headers.get("dpop-nonce")]).toEqual([
      401,
      'DPoP algs="ES256", error="use_dpop_nonce", error_description="The proof lacks the nonce of this answer."',
      nonceAt(window),
    ]);
    const nonce = nonceAt(window);
    expect(await use.ask(use.withProof(use.proof({ nonce })))).toBe(200);
    await use.gateway.clock.advance("59s");
    expect(await use.ask(use.withProof(use.proof({ nonce })), "/orders", 1)).toBe(200);
    await use.gateway.clock.advance("61s");
    expect(await use.ask(use.withProof(use.proof({ nonce })))).toBe("JWT_NONCE");
    const next = await use.gateway.fetch("/orders", { headers: use.withProof(use.proof({ nonce })) });
    expect(next.headers.get("dpop-nonce")).toBe(nonceAt(window + 2));
  });

  it.each([
    ["an earlier one", (window: number) => nonceAt(window - 2), "JWT_NONCE"],
    ["the one before", (window: number) => nonceAt(window - 1), 200],
    ["that of a gateway whose clock is ahead", (window: number) => nonceAt(window + 1), 200],
    ["one that nobody has given", () => nonceAt(0), "JWT_NONCE"],
    ["none that is a text", () => 1, "JWT_NONCE"],
  ] as const)("%s", async (_, nonce, expected) => {
    await using use = await start({ nonce: { secret } });
    const window = Math.floor(use.gateway.clock.now() / 300_000);
    expect(await use.ask(use.withProof(use.proof({ nonce: nonce(window) })))).toBe(expected);
  });

  it("is told to nobody whose proof is another's, and a proof that lacks it is not used up", async () => {
    await using use = await start({ nonce: { secret } });
    expect(await use.ask(use.withProof(use.proof({}, {}, otherEc.privateKey)))).toBe("JWT_PROOF");
    const proof = use.proof();
    expect([await use.ask(use.withProof(proof)), await use.ask(use.withProof(proof))]).toEqual([
      "JWT_NONCE",
      "JWT_NONCE",
    ]);
  });

  it.each([[{ secret: "too short a secret" }], [{ secret, period: "2h" }], [{}]])("has options: %j", async (nonce) => {
    await using use = await start({ nonce });
    expect(await use.ask(use.withProof(use.proof()))).toBe(503);
    const log = JSON.stringify(use.gateway.log);
    expect(log).toMatch(/JWT_OPTIONS.*nonce/);
    expect(log).not.toMatch(/too short a secret|no client knows/);
  });
});

it("an unbound token is a bearer's, unless all have to be bound", async () => {
  const plain = issued({});
  await using lenient = await start();
  expect(await lenient.ask([["authorization", `Bearer ${plain}`]])).toBe(200);
  expect(await lenient.ask([["authorization", `DPoP ${plain}`]])).toBe("JWT_BINDING");
  await using strict = await start({ required: true });
  expect(await strict.ask([["authorization", `Bearer ${plain}`]])).toBe("JWT_BINDING");
  expect(await strict.ask([["authorization", `Bearer ${plain}`]])).toBe("JWT_BINDING");
  expect(await strict.ask(strict.withProof(strict.proof()))).toBe(200);
});

describe("a proof is refused", () => {
  type Use = Awaited<ReturnType<typeof start>>;
  const changed =
    (more: Record<string, unknown>, header?: Record<string, unknown>, key = ec.privateKey) =>
    (use: Use): [string, string][] =>
      use.withProof(use.proof(more, header, key));

  it.each<[string, (use: Use) => [string, string][]]>([
    ["that is missing", () => [["authorization", `DPoP ${bound}`]]],
    ["that is there twice", (use) => [...use.withProof(use.proof()), ["dpop", use.proof()]]],
    ["that comes with a bearer's token", (use) => use.withProof(use.proof(), "Bearer")],
    ["that is no token", (use) => use.withProof("a.b")],
    ["that is too long", (use) => use.withProof(use.proof({ x: "x".repeat(5_000) }))],
    ["of another key", changed({}, { jwk: { kty, crv, x: otherEc.jwk.x, y: otherEc.jwk.y } }, otherEc.privateKey)],
    ["that another key has signed", changed({}, {}, otherEc.privateKey)],
    ["without a key", changed({}, { jwk: undefined })],
    ["with a private key", changed({}, { jwk: ec.privateKey.export({ format: "jwk" }) })],
    ["of another type", changed({}, { typ: "JWT" })],
    ["without a type", changed({}, { typ: undefined })],
    ["that is not signed", changed({}, { alg: "none" })],
    ["with an algorithm that is not taken", changed({}, { alg: "ES384" })],
    ["with crit", changed({}, { crit: ["x"] })],
    ["for another method", changed({ htm: "POST" })],
    ["for a method in lower case", changed({ htm: "get" })],
    ["for another path", changed({ htu: "https://api.example.com/orders/1" })],
    ["for another host", changed({ htu: "https://evil.example.com/orders" })],
    ["for another scheme", changed({ htu: "http://api.example.com/orders" })],
    ["for another port", changed({ htu: "https://api.example.com:444/orders" })],
    ["for a host with a user", changed({ htu: "https://a@api.example.com/orders" })],
    ["for what is no URL", changed({ htu: "/orders" })],
    ["without a URL", changed({ htu: undefined })],
    ["that is old", (use) => use.withProof(use.proof({ iat: use.seconds() - 61 }))],
    ["from the future", (use) => use.withProof(use.proof({ iat: use.seconds() + 10 }))],
    ["with a time that is none", changed({ iat: "now" })],
    ["without an id", changed({ jti: undefined })],
    ["with an empty id", changed({ jti: "" })],
    ["with an id that is too long", changed({ jti: "x".repeat(257) })],
    ["of another token", changed({ ath: createHash("sha256").update("another").digest("base64url") })],
    ["of no token", changed({ ath: undefined })],
  ])("%s", async (_, headers) => {
    await using use = await start();
    expect(await use.ask(headers(use))).toBe("JWT_PROOF");
  });
});
