/** An authorization server that is not Sluice's: `oidc-provider`, on 127.0.0.1, with a tenant for each host that the tests run. */
import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import type { BadIssuer } from "./bad-issuers.js";

export const algorithms = ["RS256", "PS256", "ES256", "EdDSA"] as const;
export type Algorithm = (typeof algorithms)[number];

export const clientSecret = "a secret+of: the client's/own";
type Key = JsonWebKey & { readonly kid: string; readonly alg: string };

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ format: "jwk" });
const edwards = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const ecKey = (): JsonWebKey => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
const fixedKeys: readonly Key[] = [
  { ...rsa, kid: "rs", alg: "RS256" },
  { ...rsa, kid: "ps", alg: "PS256" },
  { ...edwards, kid: "ed", alg: "EdDSA" },
];
const clientKeys = generateKeyPairSync("ec", { namedCurve: "P-256" });
/** The private key of the client that signs who it is, as PEM. */
export const clientKey = clientKeys.privateKey.export({ type: "pkcs8", format: "pem" }) as string;

const client = (id: string, method: string, more: object = {}) => ({
  client_id: id,
  client_secret: clientSecret,
  token_endpoint_auth_method: method,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  ...more,
});
const clients = [
  client("basic", "client_secret_basic"),
  client("post", "client_secret_post"),
  client("signing", "private_key_jwt", {
    client_secret: undefined,
    token_endpoint_auth_signing_alg: "ES256",
    jwks: { keys: [{ ...clientKeys.publicKey.export({ format: "jwk" }), kid: "client-1", alg: "ES256" }] },
  }),
];

/** What `oidc-provider` keeps, without the warnings of the one that it has itself. */
class Store {
  readonly #model: string;
  readonly #kept = new Map<string, object>();

  constructor(model: string) {
    this.#model = model;
  }

  upsert(id: string, payload: object): Promise<void> {
    this.#kept.set(`${this.#model} ${id}`, payload);
    return Promise.resolve();
  }

  find(id: string): Promise<object | undefined> {
    return Promise.resolve(this.#kept.get(`${this.#model} ${id}`));
  }

  destroy(id: string): Promise<void> {
    this.#kept.delete(`${this.#model} ${id}`);
    return Promise.resolve();
  }
}

/** An issuer with keys of its own. */
export class Tenant {
  readonly issuer: string;
  /** Paths that were asked for, without the tenant's own part. */
  readonly asked: string[] = [];
  #generation = 0;
  readonly #stores = new Map<string, Store>();
  #answer!: ReturnType<Provider["callback"]>;

  constructor(issuer: string) {
    this.issuer = issuer;
    this.rotate();
  }

  /** Another key of ES256 takes the place of the one before, which is published no more. */
  rotate(): void {
    const keys = [...fixedKeys, { ...ecKey(), kid: `es-${++this.#generation}`, alg: "ES256" }];
    const storeOf = (model: string): Store => {
      const store = this.#stores.get(model) ?? new Store(model);
      this.#stores.set(model, store);
      return store;
    };
    const provider = new Provider(this.issuer, {
      adapter: storeOf,
      clients,
      jwks: { keys: keys.map((key) => ({ ...key, use: "sig" })) },
      scopes: ["read", "write"],
      ttl: { ClientCredentials: 300 },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        dPoP: { enabled: true },
        introspection: { enabled: true, allowedPolicy: () => true },
        revocation: { enabled: true, allowedPolicy: () => true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context: unknown, resource: string) => resourceServer(resource),
        },
      },
    });
    this.#answer = provider.callback();
  }

  handle(request: IncomingMessage, response: ServerResponse, path: string): void {
    this.asked.push(path);
    // As connect's middleware is mounted, which is how the package learns where it is.
    Object.assign(request, { originalUrl: request.url, url: path });
    void this.#answer(request, response);
  }

  /** An access token: signed for resources that are called like an algorithm, else opaque. */
  async token(
    resource: string,
    { scope = "read write", headers = {} }: { scope?: string; headers?: Readonly<Record<string, string>> } = {},
  ): Promise<string> {
    const form = { grant_type: "client_credentials", scope, resource };
    const { access_token: token } = (await this.#post("/token", form, headers)) as { access_token: string };
    return token;
  }

  async revoke(token: string): Promise<void> {
    await this.#post("/token/revocation", { token });
  }

  async #post(path: string, form: Record<string, string>, headers: object = {}): Promise<unknown> {
    const authorization = `Basic ${btoa(["basic", clientSecret].map(encodeURIComponent).join(":"))}`;
    const response = await fetch(`${this.issuer}${path}`, {
      method: "POST",
      headers: { authorization, ...headers },
      body: new URLSearchParams(form),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`The authorization server answered ${response.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  }
}

function resourceServer(resource: string): object {
  const alg = algorithms.find((name) => resource.endsWith(`/${name}`));
  return {
    scope: "read write",
    audience: resource,
    ...(alg === undefined ? { accessTokenFormat: "opaque" } : { accessTokenFormat: "jwt", jwt: { sign: { alg } } }),
  };
}

/** What an issuer was asked for that is no tenant. */
export interface Stranger {
  /** Paths without the issuer's own part, as they came. */
  readonly asked: string[];
  /** Requests whose connections are still open. */
  open: number;
}

export interface AuthorizationServer {
  readonly origin: string;
  /** The tenant of that name, at `origin/name`. */
  tenant(name: string): Tenant;
  /** Puts another issuer there. */
  put(name: string, answer: BadIssuer["answer"]): Readonly<Stranger>;
  close(): Promise<void>;
}

export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  const tenants = new Map<string, Tenant>();
  const strangers = new Map<string, (path: string, response: ServerResponse) => void>();
  const server = createServer((request, response) => {
    const [, name = "", path = "/"] = /^\/([^/]+)(\/.*)$/.exec(request.url ?? "") ?? [];
    const tenant = tenants.get(name);
    if (tenant === undefined) {
      strangers.get(name)?.(path, response);
    } else {
      tenant.handle(request, response, path);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    tenant(name) {
      const tenant = tenants.get(name) ?? new Tenant(`${origin}/${name}`);
      tenants.set(name, tenant);
      return tenant;
    },
    put(name, answer) {
      const stranger: Stranger = { asked: [], open: 0 };
      strangers.set(name, (path, response) => {
        stranger.asked.push(path);
        stranger.open++;
        response.on("close", () => {
          stranger.open--;
        });
        answer(path, response, `${origin}/${name}`);
      });
      return stranger;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
