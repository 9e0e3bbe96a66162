/** Lets requests pass whose token an authorization server calls active (RFC 7662), and says whose it is. */
import { definePolicy, Response } from "sluice";
import { setAuthentication } from "sluice/authentication";
import { fromHeader, resourceMetadata } from "sluice/bearer";
import { claimHeaders } from "sluice/claim-headers";
import {
  authorizedClient,
  basicClient,
  type ClientAuthentication,
  introspection,
  postClient,
  privateKeyJwtClient,
} from "sluice/introspection";
import { ES256, RS256 } from "sluice/jwt";
import { reportViolation } from "sluice/violations";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { durationOf, time, timeAboveZero } from "../shared/duration.js";
import { placeEntry, sourceIn } from "../shared/places.js";
import { editableHeaderName, headerValue } from "../shared/refusal.js";

const text = v.pipe(v.string(), v.minLength(1, "expected a text that is not empty"));
const quotable = v.pipe(
  v.string(),
  v.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'expected printable ASCII without " and \\'),
);
const scope = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "expected a scope"));
const resourceUrl = v.pipe(
  v.string(),
  v.regex(
    /^https?:\/\/[\w.\-:[\]]+(\/[\x21\x24-\x3b\x3d\x40-\x7e]*)?$/,
    "expected an http(s) URL without query and fragment",
  ),
);

const settings = v.pipe(
  v.strictObject({
    upstream: v.pipe(text, v.description("The authorization server: one of the gateway's `upstreams`.")),
    path: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^\/[\x21\x22\x24-\x7e]*$/, "expected a path that begins with /"),
        v.description("The path of its introspection endpoint. Without it: `/`."),
      ),
    ),
    clientId: v.optional(v.pipe(text, v.description("This gateway's id at the server."))),
    clientSecret: v.optional(v.pipe(text, v.description("Its secret there, such as `${INTROSPECTION_SECRET}`."))),
    clientAuthentication: v.optional(
      v.pipe(
        v.picklist(["basic", "post"]),
        v.description("How it shows them: `basic` (`client_secret_basic`), or `post` (`client_secret_post`)."),
      ),
      "basic",
    ),
    privateKey: v.optional(
      v.pipe(
        v.strictObject({
          key: v.pipe(
            text,
            v.description("The key as PEM, `-----BEGIN PRIVATE KEY-----`, such as `${INTROSPECTION_KEY}`."),
          ),
          algorithm: v.pipe(v.picklist(["RS256", "ES256"]), v.description("What it signs with.")),
          keyId: v.optional(v.pipe(text, v.description("The key's id, by which the server finds the public one."))),
          audience: v.pipe(
            text,
            v.description("What the server wants to read as the audience: mostly its issuer, or the endpoint's URL."),
          ),
        }),
        v.description("In the place of a secret: this gateway signs who it is (`private_key_jwt`)."),
      ),
    ),
    authorization: v.optional(
      v.pipe(headerValue, v.description("In the place of all these: what the server is sent as `authorization`.")),
    ),
    tokenTypeHint: v.optional(
      v.pipe(text, v.description("What kind of token the server is told that it gets, such as `access_token`.")),
    ),
    timeout: timeAboveZero("How long the server may take to answer.", "5s"),
    issuer: v.optional(v.pipe(text, v.description("What `iss` has to be. Without it: anything."))),
    audience: v.optional(
      v.pipe(
        v.array(text),
        v.minLength(1, "expected at least one"),
        v.description("Of these `aud` has to have one. Without it: anything."),
      ),
    ),
    scopes: v.optional(v.pipe(v.array(scope), v.description("Scopes that every request needs.")), []),
    scopeMatch: v.optional(
      v.pipe(v.picklist(["all", "any"]), v.description("Whether it needs `all` of them, or `any` one.")),
      "all",
    ),
    clockTolerance: time("How far clocks may differ, for `exp` and `nbf`.", "0s"),
    cacheTtl: time(
      "For how long an active token is remembered, and never longer than its `exp` says: nobody hears of a revocation before. `0s`: not at all.",
      "1m",
    ),
    refusedTtl: time("For how long a token is remembered that is refused.", "10s"),
    cacheEntries: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(1_048_576),
        v.description("How many active tokens a worker remembers, and how many others."),
      ),
      1_000,
    ),
    token: v.optional(
      placeEntry("Where requests have their token. Without it: `authorization`, with the scheme `Bearer` in any case."),
    ),
    removeToken: v.optional(
      v.pipe(v.boolean(), v.description("Whether the upstream gets the request without it.")),
      false,
    ),
    headers: v.optional(
      v.pipe(
        v.record(editableHeaderName, text),
        v.description(
          "Headers for the upstream, each with the member of the server's answer that it has, or a JSON pointer into one (`/realm/roles`). What clients send under these names is removed.",
        ),
      ),
      {},
    ),
    realm: v.optional(v.pipe(quotable, v.description("What is protected, for people, in the 401."))),
    metadata: v.optional(
      v.pipe(
        v.strictObject({
          resource: v.pipe(resourceUrl, v.description("The URL of what is protected.")),
          authorizationServers: v.pipe(
            v.array(resourceUrl),
            v.minLength(1, "expected at least one"),
            v.description("The issuers of tokens for it."),
          ),
        }),
        v.description(
          "Tells clients where tokens are to be had: serves the document of RFC 9728, and names it in the 401. The route has to lead its path here.",
        ),
      ),
    ),
    statusOnError: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(400),
        v.maxValue(599),
        v.description("Status of the answer where the server does not tell whether the token is active."),
      ),
      503,
    ),
  }),
  v.check(
    ({ authorization, clientId, clientSecret, privateKey }) =>
      [clientSecret, privateKey, authorization].filter((each) => each !== undefined).length === 1 &&
      (clientId === undefined) === (authorization !== undefined),
    "expected clientId with clientSecret or privateKey, or authorization",
  ),
);

type Settings = v.InferOutput<typeof settings>;

export default definePolicy({
  config: described(
    settings,
    "Lets requests pass whose token an authorization server calls active (RFC 7662), and says whose it is.",
    { upstream: "login", path: "/oauth2/introspect", clientId: "gateway", clientSecret: "the gateway's own" },
  ),

  async configure(context) {
    const { config } = context;
    const { token, realm, statusOnError } = config;
    const metadata = config.metadata && resourceMetadata(config.metadata);
    return {
      metadata,
      headers: claimHeaders(config.headers),
      tokens: introspection(context, {
        upstream: config.upstream,
        path: config.path,
        client: await clientOf(config),
        tokenTypeHint: config.tokenTypeHint,
        timeout: durationOf(config.timeout),
        issuer: config.issuer,
        audience: config.audience,
        scopes: config.scopes,
        scopeMatch: config.scopeMatch,
        clockTolerance: durationOf(config.clockTolerance),
        cacheTtl: durationOf(config.cacheTtl),
        refusedTtl: durationOf(config.refusedTtl),
        cacheEntries: config.cacheEntries,
        source: token === undefined ? fromHeader() : sourceIn(token),
        challenge: { realm, resourceMetadata: metadata?.url },
        ...(statusOnError !== 503 && { unavailable: new Response(null, { status: statusOnError }) }),
      }),
    };
  },

  async onRequest(request, context) {
    const { config, resources, logger } = context;
    const { metadata, headers, tokens } = resources;
    const document = metadata?.answer(request);
    if (document !== undefined) {
      return document;
    }
    const token = await tokens.verifyRequest(request);
    if (!token.verified) {
      const { code } = token;
      logger.info("refused", { code });
      reportViolation(context, { kind: code.startsWith("INTROSPECTION_") ? "error" : "violation" });
      return token.response();
    }
    setAuthentication(context, token.authentication);
    headers.set(request.headers, token.claims);
    if (config.removeToken) {
      tokens.source.remove(request);
    }
  },
});

async function clientOf(config: Settings): Promise<ClientAuthentication> {
  const { authorization, clientId = "", clientSecret = "", clientAuthentication, privateKey } = config;
  if (authorization !== undefined) {
    return authorizedClient(authorization);
  }
  if (privateKey !== undefined) {
    const { key, keyId: kid, audience } = privateKey;
    const algorithm = privateKey.algorithm === "RS256" ? RS256 : ES256;
    return privateKeyJwtClient({ id: clientId, key, algorithm, kid, audience });
  }
  return clientAuthentication === "basic" ? basicClient(clientId, clientSecret) : postClient(clientId, clientSecret);
}
