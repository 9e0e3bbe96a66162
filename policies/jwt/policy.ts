/** Lets requests pass that have a JSON Web Token of an issuer that is trusted, and says who calls. */
import { definePolicy } from "sluice";
import { setAuthentication } from "sluice/authentication";
import {
  BearerAnswers,
  firstOf,
  fromCookie,
  fromHeader,
  fromQuery,
  resourceMetadata,
  type TokenSource,
} from "sluice/bearer";
import { claimHeaders } from "sluice/claim-headers";
import {
  type DpopOptions,
  discoveredKeys,
  dpopProofs,
  Ed25519,
  EdDSA,
  ES256,
  ES384,
  ES512,
  HS256,
  HS384,
  HS512,
  type IssuerOptions,
  type JwtVerifierOptions,
  jwkSet,
  jwtVerifier,
  type KeySource,
  type ProofChecker,
  PS256,
  PS384,
  PS512,
  pemKey,
  RS256,
  RS384,
  RS512,
  secretKey,
  upstreamKeys,
} from "sluice/jwt";
import type { InstanceContext } from "sluice/service";
import { storage } from "sluice/storage";
import { reportViolation } from "sluice/violations";
import { described } from "../shared/described.js";
import { type Settings, settings } from "./settings.js";

const algorithms = {
  ...{ HS256, HS384, HS512, RS256, RS384, RS512 },
  ...{ PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519 },
};

export default definePolicy({
  config: described(settings, "Lets requests pass that have a JSON Web Token of an issuer that is trusted.", {
    issuers: [
      {
        issuer: "https://login.example.com",
        audience: ["orders"],
        algorithms: ["RS256"],
        keys: [{ discovery: true }],
      },
    ],
    claimHeaders: { "x-user": "sub" },
  }),

  async configure(context) {
    const { config } = context;
    const { resource, dpop } = config;
    const metadata =
      resource === undefined
        ? undefined
        : resourceMetadata({
            ...resource,
            resource: resource.url,
            resourceName: resource.name,
            dpopSigningAlgValuesSupported: dpop?.algorithms,
            dpopBoundAccessTokensRequired: dpop?.required,
          });
    const scope = config.scopes.length === 0 ? undefined : config.scopes;
    const challenge = {
      realm: config.realm,
      resourceMetadata: metadata?.url,
      scope,
      ...(dpop && { scheme: "DPoP" as const, algs: dpop.algorithms }),
    };
    const [first] = config.issuers;
    const options = {
      ...(config.issuers.length === 1 && first !== undefined
        ? issuerOf(first)
        : { issuers: config.issuers.map(issuerOf) }),
      source: firstOf(...config.source.flatMap((place) => sourcesOf(place, dpop))),
      challenge,
      maxLength: config.maxTokenLength,
      cacheEntries: config.cacheEntries,
      ignoreBinding: config.ignoreBinding,
      dpop: dpop && proofsOf(context, dpop),
      optional: true,
    } as JwtVerifierOptions & { optional: true };
    return {
      metadata,
      tokens: await jwtVerifier(context, options),
      answers: new BearerAnswers(challenge),
      headers: Object.keys(config.claimHeaders).length === 0 ? undefined : claimHeaders(config.claimHeaders),
    };
  },

  async onRequest(request, context) {
    const { config, logger, resources } = context;
    const { tokens, answers, headers, metadata } = resources;
    const document = metadata?.answer(request);
    if (document !== undefined) {
      return document;
    }
    const token = await tokens.verifyRequest(request, context);
    if (token === undefined) {
      if (config.optional) {
        headers?.clear(request.headers);
        return undefined;
      }
      return answers.missing();
    }
    if (!token.verified) {
      logger.info("refused", { code: token.code });
      reportViolation(context, { kind: token.code === "JWT_KEYS_UNAVAILABLE" ? "error" : "violation" });
      return token.response();
    }
    if (lacksScopes(token.scopes, config)) {
      logger.info("refused", { code: "insufficient_scope" });
      reportViolation(context, { clientId: token.authentication.clientId });
      return answers.refuse("insufficient_scope", "The token lacks a scope.");
    }
    if (!config.forwardToken) {
      tokens.source.remove(request);
      if (config.dpop !== undefined) {
        request.headers.delete("dpop");
      }
    }
    headers?.set(request.headers, token.claims);
    setAuthentication(context, token.authentication);
    return undefined;
  },
});

function lacksScopes(scopes: readonly string[], config: Settings): boolean {
  const has = (scope: string): boolean => scopes.includes(scope);
  return (
    config.scopes.length > 0 && !(config.scopesMatch === "all" ? config.scopes.every(has) : config.scopes.some(has))
  );
}

type IssuerSettings = Settings["issuers"][number];

function issuerOf({ algorithms: names, keys, ...rules }: IssuerSettings): IssuerOptions {
  return {
    ...(rules as Omit<IssuerOptions, "algorithms" | "keys">),
    algorithms: names.map((name) => algorithms[name]),
    keys: keys.map(keysOf),
  };
}

function keysOf({
  secret,
  pem,
  jwks,
  kid,
  upstream,
  path,
  discovery,
  ...times
}: IssuerSettings["keys"][number]): KeySource {
  if (secret !== undefined) {
    return secretKey(secret, { kid });
  }
  if (pem !== undefined) {
    return pemKey(pem, { kid });
  }
  if (jwks !== undefined) {
    return jwkSet(jwks);
  }
  const how = times as Parameters<typeof discoveredKeys>[0];
  return discovery
    ? discoveredKeys({ ...how, upstream, path })
    : upstreamKeys({ ...how, upstream: upstream ?? "", path });
}

type DpopSettings = NonNullable<Settings["dpop"]>;

function proofsOf(context: InstanceContext, { algorithms: names, entries, ...rules }: DpopSettings): ProofChecker {
  return dpopProofs(context, {
    ...(rules as Omit<DpopOptions, "algorithms" | "replays">),
    algorithms: names.map((name) => algorithms[name]),
    replays: storage(context, "dpop", { entries }),
  });
}

/** A token that is bound by DPoP comes with that scheme, others as a bearer's. */
function sourcesOf(place: string, dpop: DpopSettings | undefined): TokenSource[] {
  const [kind, name = ""] = place.split(/:(.*)/s);
  switch (kind) {
    case "cookie":
      return [fromCookie(name)];
    case "query":
      return [fromQuery(name)];
    case "header":
      return [fromHeader(name)];
    default:
      return dpop === undefined ? [fromHeader()] : [fromHeader("authorization", "DPoP"), fromHeader()];
  }
}
