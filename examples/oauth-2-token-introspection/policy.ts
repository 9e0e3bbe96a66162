import { definePolicy, type Headers, type RequestState, Response, utf8ToByteString } from "sluice";
import { authorizedClient, type IntrospectedToken, IntrospectionError, introspection } from "sluice/introspection";
import { query } from "sluice/query";
import * as v from "valibot";

const whole = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));

export default definePolicy({
  config: v.object({
    /** The introspection service's address; its path is not used. */
    introspectionService: v.pipe(
      v.string(),
      v.transform((url) => /^https?:\/\/[^/?#]*/.exec(url)?.[0] ?? url),
    ),
    introspectionPath: v.optional(v.string(), ""),
    /** The value of the header `authorization` that the service gets. */
    authorizationValue: v.pipe(v.string(), v.minLength(1)),
    /** The member that holds the expiry. */
    expiresInAttribute: v.optional(v.string(), "exp"),
    /** Seconds that an active token is remembered at most. */
    validatedTokenTTL: v.optional(whole(0), 600),
    /** Milliseconds that the service has. */
    authenticationTimeout: v.optional(whole(1), 10_000),
    /** Whether members of the answer go on as headers. */
    exposeHeaders: v.optional(v.boolean(), false),
    scopes: v.optional(v.string(), ""),
    scopeValidationCriteria: v.optional(v.picklist(["AND", "OR"]), "AND"),
    maxCacheEntries: v.optional(whole(1), 10_000),
  }),

  configure: (context) => {
    const { config } = context;
    return introspection(context, {
      upstream: config.introspectionService,
      path: config.introspectionPath || "/",
      client: authorizedClient(config.authorizationValue),
      expiryClaim: config.expiresInAttribute,
      cacheTtl: 1_000 * config.validatedTokenTTL,
      cacheEntries: config.maxCacheEntries,
      timeout: config.authenticationTimeout,
      scopes: config.scopes,
      scopeMatch: config.scopeValidationCriteria === "AND" ? "all" : "any",
    });
  },

  async onRequest(request, { config, resources: tokens }) {
    const token = tokenOf(request);
    if (token instanceof Response) {
      return token;
    }
    let found: IntrospectedToken;
    try {
      found = await tokens.verify(token);
    } catch (error) {
      if (error instanceof IntrospectionError) {
        return refusalOf(error);
      }
      throw error;
    }
    if (config.exposeHeaders) {
      expose(found.claims, request.headers);
    }
  },
});

function tokenOf(request: RequestState): string | Response {
  const authorization = request.headers.get("authorization") ?? "";
  if (authorization.trim() !== "") {
    return /^bearer (\S+)$/i.exec(authorization)?.[1] ?? refused(400, "authorization header is not a bearer token");
  }
  const token = query(request).get("access_token") ?? "";
  return token.trim() === "" ? refused(400, "access token is missing") : token;
}

function refusalOf({ code, answer }: IntrospectionError): Response {
  switch (code) {
    case "INTROSPECTION_UNAVAILABLE":
      if (answer === undefined) {
        return refused(401, "unauthorized");
      }
      return refused(answer.status === 400 ? 500 : answer.status === 403 ? 403 : 401, answer.text);
    case "INTROSPECTION_ANSWER":
      return refused(500, "introspection answer cannot be read");
    case "TOKEN_SCOPE":
      return refused(403, "scope is missing");
    case "TOKEN_EXPIRED":
      return refused(401, "token has expired");
    default:
      return refused(401, "token has been revoked");
  }
}

function refused(status: number, error: string): Response {
  const headers: [string, string][] = [["content-type", "application/json; charset=UTF-8"]];
  if (status === 401) {
    headers.push(["www-authenticate", 'Bearer realm="introspection"']);
  }
  return new Response(JSON.stringify({ error }), { status, headers });
}

const prefix = "x-agw-";

/** Nothing of that name is what the client says. */
function expose(claims: Readonly<Record<string, unknown>>, headers: Headers): void {
  for (const name of [...headers.keys()].filter((each) => each.startsWith(prefix))) {
    headers.delete(name);
  }
  for (const [member, value] of Object.entries(claims)) {
    const name = `${prefix}${member.replaceAll(" ", "-")}`;
    const isField = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name);
    if (isField && ["string", "boolean", "number"].includes(typeof value) && !/\p{Cc}/u.test(String(value))) {
      headers.set(name, utf8ToByteString(String(value)));
    }
  }
}
