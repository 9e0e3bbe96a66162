import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { testGateway } from "sluice/testing";
import { expect, it } from "vitest";
import jwt from "./policy.js";

const secret = "a secret of the tests, of more than thirty-two bytes";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: "jwk" }), kid });

function token(key: KeyObject, kid: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "https://login.example.com", sub: "ada", exp: 4_102_444_800 };
  const signed = `${part({ alg: "RS256", kid })}.${part(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

const issuer = { algorithms: ["HS256" as const], keys: [{ secret }] };

it("goes on with the issuer's new keys when they are others", async () => {
  const document = { issuer: "https://login.example.com", jwks_uri: "https://login.example.com/jwks" };
  let keys = [jwk(publicKey, "a")];
  await using gateway = await testGateway({
    policies: [jwt],
    config: { issuers: [{ issuer: "https://login.example.com", algorithms: ["RS256"], keys: [{ discovery: true }] }] },
    upstreams: {
      "https://login.example.com": ({ path }) => Response.json(path === "/jwks" ? { keys } : document),
    },
  });
  const ask = async (text: string): Promise<number> =>
    (await gateway.fetch("/", { headers: { authorization: `Bearer ${text}` } })).status;

  expect([await ask(token(privateKey, "a")), await ask(token(other.privateKey, "b"))]).toEqual([200, 401]);
  keys = [jwk(other.publicKey, "b")];
  await gateway.clock.advance("10m");
  expect([await ask(token(privateKey, "a")), await ask(token(other.privateKey, "b"))]).toEqual([401, 200]);
});

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

it("takes a proof of the client's key once, for this request, and keeps it from the upstream where the token is kept", async () => {
  const client = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { crv, kty, x, y } = client.publicKey.export({ format: "jwk" });
  const digest = (text: string): string => createHash("sha256").update(text).digest("base64url");
  const cnf = { jkt: digest(JSON.stringify({ crv, kty, x, y })) };
  const body = `${encoded({ alg: "HS256" })}.${encoded({ sub: "ada", exp: 4_102_444_800, cnf })}`;
  const text = `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
  await using gateway = await testGateway({
    policies: [jwt],
    config: {
      issuers: [issuer],
      dpop: { origin: "https://api.example.com", maxAge: "30s" },
      forwardToken: false,
    },
    upstream: (request) => Response.json(Object.keys(request.headers)),
  });
  const proof = (id: string, more: object = {}): string => {
    const claims = { htm: "GET", htu: "https://api.example.com/orders", jti: id, ath: digest(text) };
    const iat = Math.floor(gateway.clock.now() / 1_000);
    const signed = `${encoded({ typ: "dpop+jwt", alg: "ES256", jwk: { crv, kty, x, y } })}.${encoded({ ...claims, iat, ...more })}`;
    const key = { key: client.privateKey, dsaEncoding: "ieee-p1363" } as const;
    return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
  };
  const ask = (dpop: string, path = "/orders?page=1") =>
    gateway.fetch(path, { headers: { authorization: `DPoP ${text}`, dpop } });

  const first = proof("one");
  const seen = (await (await ask(first)).json()) as string[];
  expect(seen.filter((name) => ["authorization", "dpop"].includes(name))).toEqual([]);
  expect((await ask(first)).status).toBe(401);
  expect((await ask(proof("two"))).status).toBe(200);
  expect((await ask(proof("three"), "/invoices")).status).toBe(401);
  expect((await ask(proof("four", { htm: "POST" }))).status).toBe(401);
  const old = proof("five");
  await gateway.clock.advance("31s");
  expect((await ask(old)).status).toBe(401);
});

it.each<[config: object, message: string]>([
  [{}, "config.issuers"],
  [{ issuers: [] }, "config.issuers"],
  [{ issuers: [{ ...issuer, keys: [] }] }, "config.issuers[0].keys"],
  [{ issuers: [{ ...issuer, algorithms: ["none"] }] }, "config.issuers[0].algorithms[0]"],
  [{ issuers: [{ ...issuer, algorithms: ["hs256"] }] }, "config.issuers[0].algorithms[0]"],
  [{ issuers: [{ ...issuer, keys: [{}] }] }, "config.issuers[0].keys[0]"],
  [{ issuers: [{ ...issuer, keys: [{ secret, pem: "x" }] }] }, "config.issuers[0].keys[0].pem"],
  [{ issuers: [{ ...issuer, keys: [{ secret, upstream: "login" }] }] }, "config.issuers[0].keys[0]"],
  [{ issuers: [{ ...issuer, keys: [{ secret: "short" }] }] }, "config.issuers[0].keys[0].secret"],
  [{ issuers: [{ ...issuer, keys: [{ jwks: "{" }] }] }, "config.issuers[0].keys[0].jwks"],
  [{ issuers: [{ ...issuer, keys: [{ upstream: "login", path: "jwks" }] }] }, "config.issuers[0].keys[0].path"],
  [{ issuers: [{ ...issuer, audience: [] }] }, "config.issuers[0].audience"],
  [{ issuers: [{ ...issuer, maxAge: "soon" }] }, "config.issuers[0].maxAge"],
  [{ issuers: [issuer, issuer] }, "config.issuers"],
  [{ issuers: [{ ...issuer, unknown: 1 }] }, "config.issuers[0].unknown"],
  [{ issuers: [issuer], source: ["body"] }, "config.source[0]"],
  [{ issuers: [issuer], claimHeaders: { host: "sub" } }, "config.claimHeaders"],
  [{ issuers: [issuer], dpop: { algorithms: ["HS256"] } }, "config.dpop.algorithms[0]"],
  [{ issuers: [issuer], dpop: { origin: "https://api.example.com/orders" } }, "config.dpop.origin"],
  [{ issuers: [issuer], dpop: {}, source: ["cookie:sid"] }, "expected authorization in source"],
  [{ issuers: [issuer], dpop: {}, ignoreBinding: true }, "expected one of dpop and ignoreBinding"],
  [{ issuers: [issuer], realm: 'a"b' }, "config.realm"],
  [{ issuers: [issuer], resource: { url: "api.example.com", authorizationServers: [] } }, "config.resource.url"],
])("does not start with %j", async (config, message) => {
  await expect(testGateway({ policies: [jwt], config: config as never })).rejects.toMatchObject({
    code: "CONFIG_REFUSED",
    message: expect.stringContaining(message) as string,
  });
});

it("tells no secret where it refuses one", async () => {
  const error: unknown = await testGateway({
    policies: [jwt],
    config: { issuers: [{ algorithms: ["HS256"], keys: [{ secret: "hunter2hunter2" }] }] },
  }).catch((refused: unknown) => refused);
  expect((error as Error).message).not.toContain("hunter2");
});

it("tells where a key is that cannot be used", async () => {
  const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({
    type: "spki",
    format: "pem",
  }) as string;
  await using gateway = await testGateway({
    policies: [jwt],
    config: {
      issuers: [
        {
          algorithms: ["RS256"],
          keys: [{ discovery: false, jwks: JSON.stringify(jwk(publicKey, "a")) }, { pem: weak }],
        },
      ],
    },
  });
  expect((await gateway.fetch("/")).status).toBe(503);
  expect(JSON.stringify(gateway.log)).toMatch(/JWT_KEY.*keys\[1\].*2048/);
});
