/** Tokens of an authorization server that is not Sluice's: verified by its keys, and asked about, in the embedded gateway and in Envoy. */
import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { fileURLToPath } from "node:url";
import { calculateJwkThumbprint } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GatewayConfig } from "../../../src/config/types.js";
import { startGateway } from "../../../src/gateway/index.js";
import { send } from "../../envoy/support/client.js";
import { configOf, use } from "../../envoy/support/config.js";
import { startConfig } from "../../envoy/support/policies-in-envoy.js";
import { startUpstream, type UpstreamServer } from "../../envoy/support/upstream-server.js";
import {
  type AuthorizationServer,
  algorithms,
  clientKey,
  clientSecret,
  type Stranger,
  startAuthorizationServer,
} from "./authorization-server.js";
import { badIssuers } from "./bad-issuers.js";

const guard = fileURLToPath(new URL("policies/guard.ts", import.meta.url));
const resource = (name: string): string => `https://api.example.com/${name}`;
const audience = [...algorithms, "opaque"].map(resource);

let server: AuthorizationServer;
let upstream: UpstreamServer;
beforeAll(async () => {
  server = await startAuthorizationServer();
  // Answers with whom the policy has told it of.
  upstream = await startUpstream(({ headers }, response) =>
    response.end(`${headers["x-client"] as string}: ${headers["x-scopes"] as string}`),
  );
});
afterAll(async () => {
  await upstream?.close();
  await server?.close();
});

/** A route for each way of looking at tokens. */
function configFor(issuer: string): GatewayConfig {
  const routes: Record<string, object> = {
    keys: {},
    basic: { client: { by: "basic", secret: clientSecret } },
    post: { client: { by: "post", secret: clientSecret } },
    signing: { client: { by: "signing", secret: clientKey } },
    stranger: { client: { by: "basic", secret: "another secret" } },
  };
  for (const bad of Object.keys(badIssuers)) {
    const path = `${new URL(issuer).pathname}-${bad}`;
    routes[`keys-${bad}`] = { issuer: `${server.origin}${path}`, timeout: 500 };
    routes[`client-${bad}`] = {
      issuer: `${server.origin}${path}`,
      timeout: 500,
      client: { by: "basic", secret: clientSecret },
    };
  }
  return configOf(
    { api: `http://127.0.0.1:${upstream.port}`, login: server.origin },
    Object.entries(routes).map(([name, more]) => ({
      name,
      match: { path: `/${name}` },
      policies: [use("", { file: guard, name, config: { issuer, audience, ...more } })],
    })),
  );
}

const hosts = {
  "the embedded gateway": (config: GatewayConfig) => startGateway(config),
  Envoy: (config: GatewayConfig) => startConfig(config),
};

describe.each(["the embedded gateway", "Envoy"] as const)("in %s", (name) => {
  let host: { port: number; close(): Promise<unknown> };
  const tenant = () => server.tenant(name === "Envoy" ? "envoy" : "gateway");
  const strangers = new Map<string, Readonly<Stranger>>();
  beforeAll(async () => {
    for (const [kind, { answer }] of Object.entries(badIssuers)) {
      strangers.set(kind, server.put(`${new URL(tenant().issuer).pathname.slice(1)}-${kind}`, answer));
    }
    host = await hosts[name](configFor(tenant().issuer));
  });
  afterAll(() => host?.close());

  /** What the upstream says, or the error's code. */
  const ask = async (
    path: string,
    token: string,
    { scheme = "Bearer", headers = {} }: { scheme?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<string> => {
    const response = await send(host.port, { path, headers: { authorization: `${scheme} ${token}`, ...headers } });
    return response.status === 200 ? response.body : `${response.status} ${response.headers["x-code"] as string}`;
  };

  it.each(algorithms)(
    "an access token that is signed with %s is verified by the keys that its issuer tells of",
    async (alg) => {
      const token = await tenant().token(resource(alg));
      expect(await ask("/keys", token)).toBe("basic: read write");
      const [header, , signature] = token.split(".");
      const other = (await tenant().token(resource(alg), { scope: "read" })).split(".")[1];
      expect(await ask("/keys", `${header}.${other}.${signature}`)).toBe("401 JWT_SIGNATURE");
    },
  );

  it("an access token for another resource is refused", async () => {
    expect(await ask("/keys", await tenant().token("https://other.example.com/ES256"))).toBe("401 JWT_AUDIENCE");
  });

  it("an access token of another issuer at the same server is refused, with the same key, too", async () => {
    const token = await server.tenant("stranger").token(resource("RS256"));
    expect(await ask("/keys", token)).toBe("401 JWT_ISSUER");
  });

  it("a token that is bound to a client's key is taken with a proof that has the gateway's nonce, each once", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const jwk = publicKey.export({ format: "jwk" });
    const proof = (htm: string, htu: string, token?: string, nonce?: string): string => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
      const ath = token && createHash("sha256").update(token).digest("base64url");
      const iat = Math.floor(Date.now() / 1_000);
      const signed = `${part({ typ: "dpop+jwt", alg: "ES256", jwk })}.${part({ jti: randomUUID(), htm, htu, iat, ath, nonce })}`;
      const signature = sign("sha256", Buffer.from(signed), { key: privateKey, dsaEncoding: "ieee-p1363" });
      return `${signed}.${signature.toString("base64url")}`;
    };
    const { issuer } = tenant();
    const token = await tenant().token(resource("ES256"), { headers: { dpop: proof("POST", `${issuer}/token`) } });
    const claims = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()) as object;
    expect(claims).toMatchObject({ cnf: { jkt: await calculateJwkThumbprint(jwk) } });

    const url = `http://127.0.0.1:${host.port}/keys`;
    const told = await send(host.port, {
      path: "/keys",
      headers: { authorization: `DPoP ${token}`, dpop: proof("GET", url, token) },
    });
    expect([told.status, told.headers["x-code"]]).toEqual([401, "JWT_NONCE"]);
    const dpop = proof("GET", url, token, told.headers["dpop-nonce"] as string);
    expect(await ask("/keys", token, { scheme: "DPoP", headers: { dpop } })).toBe("basic: read write");
    expect(await ask("/keys", token, { scheme: "DPoP", headers: { dpop } })).toBe("401 JWT_PROOF");
    expect(await ask("/keys", token)).toBe("401 JWT_PROOF");
  });

  it("a new key is fetched when a token names it, once, and the one that is gone counts no more", async () => {
    const before = await tenant().token(resource("ES256"));
    await expect.poll(() => ask("/keys", before)).toBe("basic: read write");
    const fetches = (): number => tenant().asked.filter((path) => path === "/jwks").length;
    const fetched = fetches();
    tenant().rotate();
    // The last fetch may be less than the interval ago; a token that was refused is remembered.
    await expect.poll(async () => ask("/keys", await tenant().token(resource("ES256")))).toBe("basic: read write");
    expect(await ask("/keys", before)).toBe("401 JWT_KEY_UNKNOWN");
    expect(await ask("/keys", await tenant().token(resource("RS256")))).toBe("basic: read write");
    expect(fetches() - fetched).toBeLessThanOrEqual(2);
  });

  it.each(["basic", "post", "signing"])(
    "an opaque token is asked about by the client %s, until it is revoked",
    async (by) => {
      const token = await tenant().token(resource("opaque"), { scope: "read" });
      expect(token).not.toContain(".");
      expect(await ask(`/${by}`, token)).toBe("basic: read");
      expect(await ask(`/${by}`, `${token}x`)).toBe("401 TOKEN_INACTIVE");
      await tenant().revoke(token);
      expect(await ask(`/${by}`, token)).toBe("401 TOKEN_INACTIVE");
    },
  );

  it("a client that the server does not believe lets nobody in", async () => {
    expect(await ask("/stranger", await tenant().token(resource("opaque")))).toBe("503 INTROSPECTION_UNAVAILABLE");
  });

  it.each(Object.entries(badIssuers))(
    "a %s issuer lets nobody in, and is asked for keys once for many",
    async (kind, expected) => {
      const stranger = strangers.get(kind)!;
      const token = await tenant().token(resource("RS256"));
      const askAll = async (path: string): Promise<Set<string>> =>
        new Set(await Promise.all(Array.from({ length: 10 }, () => ask(path, token))));
      const first = stranger.asked.length;
      expect(await askAll(`/keys-${kind}`)).toEqual(new Set([expected.keys]));
      // One for the tokens, and one that may have been due anyway; each is two requests where there is a document.
      expect(stranger.asked.length - first).toBeLessThanOrEqual(4);

      expect(await askAll(`/client-${kind}`)).toEqual(new Set([expected.introspection]));
      expect(stranger.asked).not.toContain("/elsewhere");
      // What is too slow or too long is broken off.
      await expect.poll(() => stranger.open).toBe(0);
    },
  );
});
