import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { ServiceWorker, settled } from "../../../test/support/service-worker.js";
import { KitPromise } from "../../policy/kit-promise.js";
import { fromQuery, type TokenCarrier } from "../bearer/index.js";
import { ES256, RS256 } from "../jwt/index.js";
import { judged, type TokenRules } from "./answer.js";
import {
  authorizedClient,
  basicClient,
  type Introspection,
  type IntrospectionError,
  type IntrospectionOptions,
  introspection,
  postClient,
  privateKeyJwtClient,
} from "./index.js";

const client = basicClient("gateway", "the-secret");
const active = (members: object = {}): string => JSON.stringify({ active: true, ...members });

let worker: ServiceWorker;
beforeEach(() => {
  worker = new ServiceWorker();
});

const make = (options: Partial<IntrospectionOptions> = {}): Introspection =>
  introspection(worker.context, { upstream: "login", path: "/check", client, ...options });

const request = (authorization: string | undefined): TokenCarrier =>
  ({
    path: "/",
    headers: { get: (name: string) => (name === "authorization" ? (authorization ?? null) : null) },
  }) as unknown as TokenCarrier;

const isSettled = (promise: Promise<unknown>): boolean =>
  promise instanceof KitPromise && (promise as { readonly state: string }).state === "fulfilled";

/** "active", or the code. */
const outcome = async (tokens: Introspection, token: string | undefined): Promise<string> => {
  const result = await tokens.verifyRequest(request(token && `Bearer ${token}`));
  return result.verified ? "active" : result.code;
};

describe("a token that was asked about", () => {
  it("is there at once for a filter that awaits it, and is the same object", async () => {
    const tokens = make();
    const first = tokens.verifyRequest(request("Bearer t"));
    expect(isSettled(first)).toBe(false);
    await worker.calls[0]!.reply(200, {}, active({ sub: "ada" }));

    const second = tokens.verifyRequest(request("Bearer t"));
    expect(isSettled(second)).toBe(true);
    expect(await second).toBe(await first);
    expect(worker.calls).toHaveLength(1);
  });

  it("is there at once where it was refused, too, and so is what nobody is asked about", async () => {
    const tokens = make();
    const first = outcome(tokens, "t");
    await worker.calls[0]!.reply(200, {}, '{"active":false}');
    expect(await first).toBe("TOKEN_INACTIVE");

    for (const authorization of ["Bearer t", undefined, "Basic x", "Bearer a b", `Bearer ${"a".repeat(8_193)}`]) {
      expect(isSettled(tokens.verifyRequest(request(authorization)))).toBe(true);
    }
    expect(worker.calls).toHaveLength(1);
  });

  it("is asked about once by all that come meanwhile", async () => {
    const tokens = make();
    const waiting = ["t", "t", "t", "u"].map((token) => outcome(tokens, token));
    await settled();
    expect(worker.calls.map(({ body }) => body)).toEqual(["token=t", "token=u"]);
    await worker.calls[0]!.reply(200, {}, active());
    await worker.calls[1]!.fail();
    expect(await Promise.all(waiting)).toEqual(["active", "active", "active", "INTROSPECTION_UNAVAILABLE"]);
  });

  it.each([
    ["its exp", { exp: 1_700_000_030 }, 30_000],
    ["the cap", { exp: 1_700_009_999 }, 60_000],
    ["the cap where it says no end", {}, 60_000],
  ])("is remembered until %s", async (_what, members, milliseconds) => {
    const tokens = make();
    const ask = async (): Promise<number> => {
      const before = worker.calls.length;
      const waiting = outcome(tokens, "t");
      await settled();
      await worker.calls[before]?.reply(200, {}, active(members));
      await waiting;
      return worker.calls.length - before;
    };
    expect(await ask()).toBe(1);
    await worker.advance(milliseconds - 1);
    expect(await ask()).toBe(0);
    await worker.advance(1);
    expect(await ask()).toBe(1);
  });

  it("is not remembered where that is said", async () => {
    const tokens = make({ cacheTtl: 0, refusedTtl: 0 });
    for (const [index, body] of [active(), active(), '{"active":false}', '{"active":false}'].entries()) {
      const waiting = outcome(tokens, "t");
      await settled();
      await worker.calls[index]!.reply(200, {}, body);
      expect(await waiting).toBe(index < 2 ? "active" : "TOKEN_INACTIVE");
    }
  });

  it("is not forgotten for any number of tokens that are refused", async () => {
    const tokens = make({ cacheEntries: 2 });
    const good = outcome(tokens, "good");
    await worker.calls[0]!.reply(200, {}, active());
    await good;
    for (let index = 1; index <= 20; index++) {
      const bad = outcome(tokens, `bad-${index}`);
      await settled();
      await worker.calls[index]!.reply(200, {}, '{"active":false}');
      await bad;
    }
    expect(isSettled(tokens.verifyRequest(request("Bearer good")))).toBe(true);
  });

  it("is asked about again where the server did not tell", async () => {
    const tokens = make();
    for (const [index, status] of [500, 401, 204].entries()) {
      const waiting = tokens.verifyRequest(request("Bearer t"));
      await settled();
      await worker.calls[index]!.reply(status, {}, "why not");
      const error = (await waiting) as IntrospectionError;
      expect(error).toMatchObject({ code: "INTROSPECTION_UNAVAILABLE", answer: { status, text: "why not" } });
      expect(error.response().status).toBe(503);
    }
    expect(worker.warnings).toHaveLength(3);
    expect(worker.warnings.join()).not.toMatch(/why not|Bearer|the-secret/);
  });

  it("throws why it is refused, where it is verified alone", async () => {
    const tokens = make();
    const waiting = tokens.verify("t").catch((error: unknown) => error);
    await worker.calls[0]!.reply(200, {}, active({ exp: 1 }));
    expect(await waiting).toMatchObject({ name: "IntrospectionError", code: "TOKEN_EXPIRED" });
    expect(JSON.stringify(await waiting)).not.toContain("answers");
    await expect(tokens.verify("")).rejects.toMatchObject({ code: "TOKEN_MALFORMED" });
  });

  it("may be twice in a query for nobody", async () => {
    const tokens = make({ source: fromQuery() });
    const carrier = { path: "/?access_token=a&access_token=a", headers: {} } as unknown as TokenCarrier;
    expect(await tokens.verifyRequest(carrier)).toMatchObject({ code: "TOKEN_SEVERAL" });
  });
});

describe("clients", () => {
  it.each([
    ["basic", basicClient("gate way", "p:w+ü"), "Basic Z2F0ZSt3YXk6cCUzQXclMkIlQzMlQkM=", "token=t%26u"],
    ["post", postClient("gate way", "p&w"), undefined, "token=t%26u&client_id=gate+way&client_secret=p%26w"],
    ["another", authorizedClient("Bearer own"), "Bearer own", "token=t%26u"],
  ])("show who they are: %s", async (_what, given, authorization, body) => {
    void make({ client: given }).verifyRequest(request("Bearer t&u"));
    await settled();

    expect(worker.calls[0]).toMatchObject({ body, timeout: 5_000 });
    expect(worker.calls[0]!.headers["authorization"]).toBe(authorization);
  });

  it.each([
    ["ES256", ES256, generateKeyPairSync("ec", { namedCurve: "P-256" })],
    ["RS256", RS256, generateKeyPairSync("rsa", { modulusLength: 2_048 })],
  ] as const)("show who they are by a token of their own for each call: %s", async (name, algorithm, pair) => {
    const key = pair.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const options = { id: "gateway", algorithm, key, kid: "k1", audience: "https://login.test" };
    const tokens = make({ client: await privateKeyJwtClient(options) });
    for (const [index, token] of ["t", "u"].entries()) {
      void tokens.verifyRequest(request(`Bearer ${token}`));
      await expect.poll(() => worker.calls.length).toBe(index + 1);
    }

    const ids = worker.calls.map(async ({ body, headers }) => {
      expect(headers).not.toHaveProperty("authorization");
      const fields = new URLSearchParams(body);
      expect(fields.get("client_assertion_type")).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      const { payload, protectedHeader } = await jwtVerify(
        fields.get("client_assertion")!,
        createPublicKey(pair.privateKey),
        { currentDate: new Date(worker.now) },
      );
      expect(protectedHeader).toEqual({ alg: name, typ: "JWT", kid: "k1" });
      const iat = worker.now / 1_000;
      expect(payload).toMatchObject({ iss: "gateway", sub: "gateway", aud: "https://login.test", iat, exp: iat + 60 });
      return payload.jti;
    });
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  it("are not made of what is no key", async () => {
    const options = { id: "gateway", algorithm: ES256, key: "the-secret", audience: "a" };
    const refusal: unknown = await privateKeyJwtClient(options).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "JWT_KEY" });
    expect(String(refusal)).not.toContain("the-secret");
    await expect(privateKeyJwtClient({ ...options, audience: "" })).rejects.toMatchObject({
      code: "INTROSPECTION_OPTIONS",
    });
  });

  it("show nothing of their secrets", () => {
    expect(JSON.stringify([client, postClient("a", "the-secret"), make()])).not.toContain("the-secret");
    expect(() => authorizedClient("the-secret\n")).not.toThrow(/the-secret/);
    expect(() => authorizedClient("the-secret\n")).toThrow("authorization");
    expect(() => basicClient("a", "")).toThrow(expect.objectContaining({ code: "INTROSPECTION_OPTIONS" }));
    expect(() => postClient("", "b")).toThrow(expect.objectContaining({ code: "INTROSPECTION_OPTIONS" }));
  });
});

const rules: TokenRules = {
  issuer: undefined,
  audiences: undefined,
  scopes: [],
  scopeMatch: "all",
  clockTolerance: 0,
  expiryClaim: "exp",
};
const now = 1_700_000_000_000;

describe("an answer", () => {
  it.each<[answer: unknown, code: string, options?: Partial<TokenRules>]>([
    [null, "INTROSPECTION_ANSWER"],
    ["active", "INTROSPECTION_ANSWER"],
    [[{ active: true }], "INTROSPECTION_ANSWER"],
    [{}, "TOKEN_INACTIVE"],
    [{ active: null }, "TOKEN_INACTIVE"],
    [{ active: "true" }, "TOKEN_INACTIVE"],
    [{ active: 1 }, "TOKEN_INACTIVE"],
    [{ active: [true] }, "TOKEN_INACTIVE"],
    [{ active: true, exp: "soon" }, "INTROSPECTION_ANSWER"],
    [{ active: true, exp: "" }, "INTROSPECTION_ANSWER"],
    [{ active: true, exp: "1e99" }, "INTROSPECTION_ANSWER"],
    [{ active: true, exp: true }, "INTROSPECTION_ANSWER"],
    [{ active: true, exp: [1_900_000_000] }, "INTROSPECTION_ANSWER"],
    [{ active: true, nbf: {} }, "INTROSPECTION_ANSWER"],
    [{ active: true, exp: 1_700_000_000 }, "TOKEN_EXPIRED"],
    [{ active: true, exp: 1_699_999_999.9 }, "TOKEN_EXPIRED"],
    [{ active: true, exp: "1699999999" }, "TOKEN_EXPIRED"],
    [{ active: true, exp: 0 }, "TOKEN_EXPIRED"],
    [{ active: true, exp: -1 }, "TOKEN_EXPIRED"],
    [{ active: true, ends: 1 }, "TOKEN_EXPIRED", { expiryClaim: "ends" }],
    [{ active: true, nbf: 1_700_000_001 }, "TOKEN_NOT_YET_VALID"],
    [{ active: true }, "TOKEN_ISSUER", { issuer: "a" }],
    [{ active: true, iss: ["a"] }, "TOKEN_ISSUER", { issuer: "a" }],
    [{ active: true, iss: "A" }, "TOKEN_ISSUER", { issuer: "a" }],
    [{ active: true }, "TOKEN_AUDIENCE", { audiences: ["a"] }],
    [{ active: true, aud: [] }, "TOKEN_AUDIENCE", { audiences: ["a"] }],
    [{ active: true, aud: [["a"]] }, "TOKEN_AUDIENCE", { audiences: ["a"] }],
    [{ active: true, aud: "ab" }, "TOKEN_AUDIENCE", { audiences: ["a"] }],
    [{ active: true, scope: "ab" }, "TOKEN_SCOPE", { scopes: ["a"] }],
    [{ active: true, scope: 1 }, "TOKEN_SCOPE", { scopes: ["a"] }],
    [{ active: true }, "TOKEN_SCOPE", { scopes: ["a"], scopeMatch: "any" }],
  ])("%j is %s with %j", (answer, code, options = {}) => {
    expect(judged(answer, { ...rules, ...options }, now)).toBe(code);
  });

  it.each<[members: object, options: Partial<TokenRules>, expiresAt: number | undefined]>([
    [{}, {}, undefined],
    [{ exp: null }, {}, undefined],
    [{ exp: 1_700_000_000.5 }, {}, 1_700_000_000_500],
    [{ exp: "1700000001" }, {}, 1_700_000_001_000],
    [{ exp: 1_699_999_999 }, { clockTolerance: 2_000 }, 1_700_000_001_000],
    [{ nbf: 1_700_000_000 }, {}, undefined],
    [{ nbf: 1_700_000_001 }, { clockTolerance: 1_000 }, undefined],
    [{ iss: "a", aud: ["x", "b"] }, { issuer: "a", audiences: ["a", "b"] }, undefined],
    [{ scope: "a b c" }, { scopes: ["c", "a"] }, undefined],
    [{ scp: ["b"] }, { scopes: ["a", "b"], scopeMatch: "any" }, undefined],
  ])("with %j admits, under %j", (members, options, expiresAt) => {
    expect(judged({ active: true, ...members }, { ...rules, ...options }, now)).toMatchObject({
      verified: true,
      expiresAt,
    });
  });

  it("tells who calls, and never changes", () => {
    const claims = { active: true, username: "ada", azp: "shop", sub: 7, scope: "a b", list: [{ x: 1 }] };
    const token = judged(claims, rules, now) as Exclude<ReturnType<typeof judged>, string>;

    expect(token.authentication).toEqual({
      principal: "ada",
      clientId: "shop",
      properties: { scopes: ["a", "b"], claims },
    });
    expect(Object.isFrozen((token.claims["list"] as object[])[0])).toBe(true);
  });
});

it.each<[options: object, what: string]>([
  [{ client: undefined }, "client"],
  [{ client: "secret" }, "client"],
  [{ timeout: 0 }, "timeout"],
  [{ maxBytes: 0 }, "maxBytes"],
  [{ maxLength: 1.5 }, "maxLength"],
  [{ issuer: "" }, "issuer"],
  [{ audience: [] }, "audience"],
  [{ audience: [1] }, "audience"],
  [{ scopes: ["a b"] }, "scopes"],
  [{ scopeMatch: "both" }, "scopeMatch"],
  [{ clockTolerance: "x" }, "clockTolerance"],
  [{ expiryClaim: "" }, "expiryClaim"],
  [{ cacheTtl: -1 }, "cacheTtl"],
  [{ refusedTtl: "soon" }, "refusedTtl"],
])("is not made with %j", (options, what) => {
  expect(() => make(options)).toThrow(
    expect.objectContaining({ code: "INTROSPECTION_OPTIONS", message: expect.stringContaining(what) as string }),
  );
});
