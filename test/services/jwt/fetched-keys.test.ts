/** Keys that an issuer publishes, and issuers that are slow, down, or lie. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { testGateway, type UpstreamScript } from "sluice/testing";
import { describe, expect, it } from "vitest";
import { b64, claims, ec, otherRsa, rsa, rsaKeys, token } from "./tokens.js";

const policy = fileURLToPath(new URL("../../conformance/policies/verifying.ts", import.meta.url));
const config = { fetched: { upstream: "issuer", path: "/jwks" }, algorithms: ["RS256"] };

const jwk = (kid: string, keys = rsa) => ({ ...keys.jwk, kid, use: "sig" });
const set = (...keys: object[]) => ({ status: 200, body: JSON.stringify({ keys }) });
const signed = (kid: string | undefined, keys = rsa, more: Record<string, unknown> = {}) =>
  token({ alg: "RS256", kid }, claims({ exp: 4_102_444_800, ...more }), keys.privateKey);
/** Tokens that name a key each, for which keys are looked for before any signature is looked at. */
const unsigned = Array.from(
  { length: 20 },
  (_, index) => `${b64({ alg: "RS256", kid: `invented ${index}` })}.${b64(claims())}.AAAA`,
);

async function start(issuer: UpstreamScript, more: object = {}) {
  const gateway = await testGateway({
    policies: [policy],
    config: { ...config, ...more },
    upstreams: { issuer, "https://169.254.169.254": null },
  });
  const ask = async (text: string): Promise<number | string> => {
    const response = await gateway.fetch("/", { headers: { authorization: `Bearer ${text}` } });
    return response.headers.get("x-code") ?? response.status;
  };
  const calls = (): number => gateway.upstreams.issuer.requests.length;
  return { gateway, ask, calls, [Symbol.asyncDispose]: () => gateway.close() };
}

/** Where there are no keys: any number of tokens at once have them fetched once, and without any they are tried again now and then. */
async function expectFewFetches(use: Awaited<ReturnType<typeof start>>, callsOfOne: number): Promise<void> {
  await use.gateway.clock.advance("1s");
  const before = use.calls();
  const answers = await Promise.all(unsigned.map(use.ask));
  expect(new Set(answers)).toEqual(new Set(["JWT_KEYS_UNAVAILABLE"]));
  expect(use.calls() - before).toBeLessThanOrEqual(callsOfOne);
  await use.gateway.clock.advance("1m");
  // Every five seconds, or up to a tenth sooner.
  expect(use.calls() - before).toBeLessThanOrEqual(15 * callsOfOne);
}

describe("the keys of an upstream", () => {
  it("are fetched once for all tokens, with what a server has to know and no more", async () => {
    await using use = await start(set(jwk("a")));
    expect([await use.ask(signed("a")), await use.ask(signed(undefined)), use.calls()]).toEqual([200, 200, 1]);
    expect(use.gateway.upstreams.issuer.requests[0]).toMatchObject({
      method: "GET",
      path: "/jwks",
      headers: { accept: "application/json" },
    });
    expect(use.gateway.upstreams.issuer.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("are fetched again and again, also where an answer takes longer than there is between two fetches", async () => {
    await using use = await start({ ...set(jwk("a")), delay: "3s" }, { fetched: { ...config.fetched, refresh: "1s" } });
    await use.gateway.clock.advance("30s");
    expect(use.calls()).toBeGreaterThan(5);
  });

  it("are waited for by tokens that come before they are there", async () => {
    await using use = await start({ ...set(jwk("a")), delay: "2s" });
    expect(await Promise.all([use.ask(signed("a")), use.ask(signed("a"))])).toEqual([200, 200]);
    expect(use.calls()).toBe(1);
  });

  it("are fetched anew ahead of their end, in the background", async () => {
    await using use = await start(() => set(use.calls() < 2 ? jwk("a") : jwk("b", otherRsa)));
    expect(await use.ask(signed("a"))).toBe(200);
    await use.gateway.clock.advance("10m");
    expect(use.calls()).toBe(2);
    expect([await use.ask(signed("b", otherRsa)), await use.ask(signed("a"))]).toEqual([200, "JWT_KEY_UNKNOWN"]);
  });

  it("that are withdrawn count no more, also for tokens that were verified before", async () => {
    await using use = await start(() =>
      set(...(use.calls() < 2 ? [jwk("a"), jwk("b", otherRsa)] : [jwk("b", otherRsa)])),
    );
    expect([await use.ask(signed("a")), await use.ask(signed("b", otherRsa))]).toEqual([200, 200]);
    await use.gateway.clock.advance("10m");
    expect([await use.ask(signed("a")), await use.ask(signed("b", otherRsa))]).toEqual(["JWT_KEY_UNKNOWN", 200]);
  });

  it("that are others under the same id are told apart", async () => {
    await using use = await start([set(jwk("a")), set(jwk("a", otherRsa))]);
    expect([await use.ask(signed("a")), await use.ask(signed("a", otherRsa))]).toEqual([200, "JWT_SIGNATURE"]);
    await use.gateway.clock.advance("10m");
    expect([await use.ask(signed("a")), await use.ask(signed("a", otherRsa))]).toEqual(["JWT_SIGNATURE", 200]);
  });

  it("that are new are fetched when a token names one, once in an interval whatever tokens name", async () => {
    await using use = await start(() => set(...(use.calls() < 2 ? [jwk("a")] : [jwk("a"), jwk("b", otherRsa)])));
    expect(await use.ask(signed("a"))).toBe(200);
    // The first fetch was a moment ago.
    expect([await use.ask(signed("b", otherRsa)), use.calls()]).toEqual(["JWT_KEY_UNKNOWN", 1]);
    await use.gateway.clock.advance("30s");
    expect([await use.ask(signed("b", otherRsa)), use.calls()]).toEqual([200, 2]);
    for (let index = 0; index < 50; index++) {
      expect(await use.ask(signed(`invented ${index}`))).toBe("JWT_KEY_UNKNOWN");
    }
    expect(use.calls()).toBe(2);
    await use.gateway.clock.advance("30s");
    await Promise.all(Array.from({ length: 20 }, (_, index) => use.ask(signed(`also invented ${index}`))));
    expect(use.calls()).toBe(3);
  });

  it("count for a time while the issuer is down, and no longer", async () => {
    let asked = 0;
    await using use = await start(() => (++asked === 1 ? set(jwk("a")) : { fail: "reset" }), {
      fetched: { ...config.fetched, staleFor: "30m" },
    });
    expect(await use.ask(signed("a"))).toBe(200);
    await use.gateway.clock.advance("29m");
    expect(await use.ask(signed("a", rsa, { sub: "bob" }))).toBe(200);
    await use.gateway.clock.advance("1m");
    expect(await use.ask(signed("a", rsa, { sub: "eve" }))).toBe("JWT_KEYS_UNAVAILABLE");
    // Tried now and then, not all the time.
    expect(use.calls()).toBeLessThan(150);
  });

  it("that cannot be had at first are tried again, and tokens get 503 meanwhile", async () => {
    await using use = await start([{ fail: "refused" }, { status: 503 }, set(jwk("a"))]);
    const response = await use.gateway.fetch("/", { headers: { authorization: `Bearer ${signed("a")}` } });
    expect([response.status, response.headers.get("retry-after"), response.headers.get("www-authenticate")]).toEqual([
      503,
      "5",
      null,
    ]);
    await use.gateway.clock.advance("10s");
    expect(await use.ask(signed("a"))).toBe(200);
  });

  it.each<[string, UpstreamScript, string]>([
    ["never answers", { fail: "never" }, "did not answer within 5000 ms"],
    ["answers too late", { ...set(jwk("a")), delay: "6s" }, "did not answer within 5000 ms"],
    ["breaks off", { fail: "reset", after: { status: 200, body: '{"keys":[' } }, "unreachable"],
    ["answers no HTTP", { fail: "malformed" }, "unreachable"],
    ["redirects", { status: 302, headers: { location: "http://evil.example.com/jwks" } }, "answered 302"],
    ["answers 404", { status: 404, body: JSON.stringify({ keys: [jwk("a")] }) }, "answered 404"],
    ["answers 204", { status: 204 }, "answered 204"],
    ["answers no JSON", { status: 200, body: "<html>" }, "no object of JSON"],
    ["answers nothing", { status: 200 }, "no object of JSON"],
    [
      "answers a member twice",
      { status: 200, body: `{"keys":[],"keys":[${JSON.stringify(jwk("a"))}]}` },
      "no object of JSON",
    ],
    ["answers no set", { status: 200, body: JSON.stringify(jwk("a")) }, "JWK set"],
    ["answers a list", { status: 200, body: JSON.stringify([jwk("a")]) }, "no object of JSON"],
    [
      "answers bytes that are not UTF-8",
      { status: 200, body: Uint8Array.of(0x7b, 0x22, 0xff, 0x22) },
      "no object of JSON",
    ],
    [
      "answers what was not asked for, compressed",
      { status: 200, headers: { "content-encoding": "gzip" }, body: gzipSync(JSON.stringify({ keys: [jwk("a")] })) },
      "no object of JSON",
    ],
    ["answers JSON without a bottom", { status: 200, body: `{"keys":${"[".repeat(200_000)}` }, "no object of JSON"],
    [
      "answers 10 MB",
      { status: 200, body: `{"keys":[${JSON.stringify(jwk("a"))}],"x":"${"x".repeat(10_000_000)}"}` },
      "larger than the limit",
    ],
    [
      "answers more than it may",
      { status: 200, body: `{"keys":[${JSON.stringify(jwk("a"))}],"x":"${"x".repeat(262_144)}"}` },
      "more than 262144",
    ],
  ])("of an issuer that %s are none", async (_, issuer, why) => {
    await using use = await start(issuer);
    expect(await use.ask(signed("a"))).toBe("JWT_KEYS_UNAVAILABLE");
    expect(use.gateway.log).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: expect.stringMatching(new RegExp(`^JWT_KEYS_FETCH: .*${why}`)) as string,
      }),
    );
    await expectFewFetches(use, 1);
  });

  it("are taken whatever type they are said to have", async () => {
    await using use = await start({ ...set(jwk("a")), headers: { "content-type": "text/html" } });
    expect(await use.ask(signed("a"))).toBe(200);
  });

  it.each<[string, object]>([
    ["of another type", { ...ec.jwk, kid: "a", use: "sig" }],
    ["of another type that say they are of this one", { ...ec.jwk, kid: "a", use: "sig", alg: "RS256" }],
    ["for another algorithm", { ...jwk("a"), alg: "PS256" }],
    ["with the members of another type", { ...ec.jwk, kty: "RSA", kid: "a" }],
  ])("%s verify nothing, and an operator is told", async (_, key) => {
    await using use = await start(set(key));
    expect(await use.ask(signed("a"))).toBe("JWT_KEY_UNKNOWN");
    expect(use.gateway.log).toContainEqual(
      expect.objectContaining({
        message: expect.stringMatching(/no key verifies signatures with RS256|a key is left out/) as string,
      }),
    );
    await use.gateway.clock.advance("5m");
    await Promise.all(unsigned.map(use.ask));
    expect(use.calls()).toBe(2);
  });

  it("beyond the hundredth are not looked at", async () => {
    const others = Array.from({ length: 100 }, (_, index) => ({ ...ec.jwk, kid: `${index}` }));
    await using use = await start(set(...others.slice(1), jwk("a"), jwk("b", otherRsa)));
    expect([await use.ask(signed("a")), await use.ask(signed("b", otherRsa))]).toEqual([200, "JWT_KEY_UNKNOWN"]);
  });

  it("that cannot be used are left out, and the others count", async () => {
    const secret = { kty: "oct", kid: "s", k: "A".repeat(43) };
    const keys = [
      { kid: "x" },
      { kty: "OKP", kid: "o", crv: "Ed25519", x: "A" },
      jwk("weak", rsaKeys(1_024)),
      { ...jwk("enc"), use: "enc" },
    ];
    await using use = await start(set(...keys, secret, "no key" as never, jwk("a")), {
      algorithms: ["RS256", "HS256"],
    });
    expect(await use.ask(signed("a"))).toBe(200);
    for (const kid of ["x", "o", "weak", "enc"]) {
      expect(await use.ask(signed(kid))).toBe("JWT_KEY_UNKNOWN");
    }
    const published = token(
      { alg: "HS256", kid: "s" },
      claims({ exp: 4_102_444_800 }),
      Buffer.from(secret.k, "base64url"),
    );
    expect(await use.ask(published)).toBe("JWT_KEY_UNKNOWN");
    expect(use.gateway.log).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining("left out") as string }),
    );
  });

  it("of an upstream that the gateway does not know are none", async () => {
    await using gateway = await testGateway({
      policies: [policy],
      config: config,
      upstreams: { issuer: null },
    });
    const response = await gateway.fetch("/", { headers: { authorization: `Bearer ${signed("a")}` } });
    expect(response.headers.get("x-code")).toBe("JWT_KEYS_UNAVAILABLE");
  });

  it.each([
    [{ fetched: { upstream: "" } }, "upstream"],
    [{ fetched: { upstream: "issuer", refresh: 0 } }, "refresh"],
    [{ fetched: { upstream: "issuer", refresh: "2h" } }, "staleFor"],
    [{ fetched: { upstream: "issuer", timeout: "soon" } }, "timeout"],
    [{ fetched: { upstream: "issuer", maxBytes: 1e9 } }, "maxBytes"],
    [{ fetched: { upstream: "issuer", unknownKeyInterval: 0 } }, "unknownKeyInterval"],
    [{ fetched: undefined, discovered: {} }, "issuer"],
  ])("with %j are refused", async (more, message) => {
    await using use = await start(set(jwk("a")), more);
    expect(await use.ask(signed("a"))).toBe(503);
    expect(use.gateway.log).toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({
          code: "JWT_OPTIONS",
          message: expect.stringContaining(message) as string,
        }) as object,
      }),
    );
  });
});

describe("the keys that an issuer tells of", () => {
  const issuer = "https://login.example.com/tenant";
  const document = (more: object = {}) => ({ issuer, jwks_uri: "https://login.example.com/tenant/jwks?v=1", ...more });
  const discovering = (script: UpstreamScript, more: object = {}) =>
    start(script, { fetched: undefined, discovered: { upstream: "issuer" }, rules: { issuer }, ...more });
  const answering =
    (about: object, keys: object = set(jwk("a"))) =>
    (request: { path: string }) =>
      request.path.includes("openid-configuration") ? { status: 200, body: JSON.stringify(about) } : keys;
  const good = signed("a", rsa, { iss: issuer });

  it("are found and fetched", async () => {
    await using use = await discovering(answering(document()));
    expect(await use.ask(good)).toBe(200);
    expect(use.gateway.upstreams.issuer.requests.map(({ path }) => path)).toEqual([
      "/tenant/.well-known/openid-configuration",
      "/tenant/jwks?v=1",
    ]);
  });

  it("may be at another upstream of the gateway", async () => {
    const uri = "https://keys.example.com/jwks";
    await using gateway = await testGateway({
      policies: [policy],
      config: { ...config, fetched: undefined, discovered: { upstream: "issuer" }, rules: { issuer } },
      upstreams: {
        issuer: { status: 200, body: JSON.stringify(document({ jwks_uri: uri })) },
        "https://keys.example.com": set(jwk("a")),
      },
    });
    expect((await gateway.fetch("/", { headers: { authorization: `Bearer ${good}` } })).status).toBe(200);
  });

  it.each([
    ["is another one", { issuer: "https://evil.example.com/tenant" }, "another issuer"],
    ["has a slash more", { issuer: `${issuer}/` }, "another issuer"],
    ["is missing", { issuer: undefined }, "another issuer"],
    ["has no jwks_uri", { jwks_uri: undefined }, "jwks_uri"],
    ["has a jwks_uri without TLS", { jwks_uri: "http://login.example.com/jwks" }, "jwks_uri"],
    ["has a jwks_uri that is none", { jwks_uri: "file:///etc/passwd" }, "jwks_uri"],
    ["has a jwks_uri that is no text", { jwks_uri: ["https://login.example.com/jwks"] }, "jwks_uri"],
    ["has a jwks_uri at no upstream of the gateway", { jwks_uri: "https://169.254.169.254/latest" }, "no upstream"],
  ])("are none where the document's issuer %s", async (_, more, why) => {
    await using use = await discovering(answering(document(more)));
    expect(await use.ask(good)).toBe("JWT_KEYS_UNAVAILABLE");
    expect(use.gateway.log).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining(why) as string }),
    );
    await expectFewFetches(use, 2);
  });

  it.each<[string, object, number]>([
    ["redirects", { status: 301, headers: { location: `${issuer}/other` } }, 1],
    ["is silent", { fail: "never" }, 1],
    ["is down", { fail: "refused" }, 1],
    ["answers 10 MB", { status: 200, body: JSON.stringify(document({ x: "x".repeat(10_000_000) })) }, 1],
    ["has a document that is no object", { status: 200, body: JSON.stringify([document()]) }, 1],
  ])("are none where the issuer %s", async (_, answer, fetches) => {
    await using use = await discovering((request) =>
      request.path.includes("openid-configuration") ? answer : set(jwk("a")),
    );
    expect(await use.ask(good)).toBe("JWT_KEYS_UNAVAILABLE");
    expect(use.gateway.upstreams.issuer.requests.map(({ path }) => path)).not.toContain("/tenant/jwks?v=1");
    await expectFewFetches(use, fetches);
  });
});
