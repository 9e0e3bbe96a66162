/** Token introspection (RFC 7662): an authorization server is asked whether a token is active, and what it knows of it. */
import { SluiceError } from "../../errors.js";
import { durationExpected, millisecondsOf } from "../../policy/duration.js";
import { Response } from "../../policy/response.js";
import { type InstanceContext, instancePort } from "../../policy/service.js";
import { textOf } from "../../thrown.js";
import { BearerAnswers, fromHeader } from "../bearer/index.js";
import { cache } from "../cache/index.js";
import { scopeList } from "../oauth-scopes/scopes.js";
import { upstream } from "../upstream/index.js";
import type { TokenRules } from "./answer.js";
import { Endpoint } from "./endpoint.js";
import type { IntrospectedToken, Introspection, IntrospectionOptions } from "./introspection.js";
import type { IntrospectionError } from "./introspection-error.js";
import { Introspector } from "./introspector.js";

export { authorizedClient, basicClient, type ClientAuthentication, postClient } from "./clients.js";
export type {
  IntrospectedToken,
  Introspection,
  IntrospectionClaims,
  IntrospectionOptions,
} from "./introspection.js";
export { type EndpointAnswer, IntrospectionError, type IntrospectionErrorCode } from "./introspection-error.js";
export { type PrivateKeyJwtOptions, privateKeyJwtClient } from "./private-key-jwt.js";

const longestTimeout = 2_147_483_647;
const longestTime = 31_536_000_000;
/** What signing for the server, and queues, may add to the call. */
const loadMargin = 10_000;
const secondsToRetry = "5";

/**
 * What asks an authorization server about tokens. Make it in `configure`.
 *
 * @example
 * configure: (context) =>
 *   introspection(context, { upstream: "login", path: "/introspect", client: basicClient("gateway", context.config.secret) }),
 * async onRequest(request, context) {
 *   const token = await context.resources.verifyRequest(request);
 *   if (!token.verified) return token.response();
 *   setAuthentication(context, token.authentication);
 * }
 * @throws SluiceError `INTROSPECTION_OPTIONS`, `BEARER_OPTIONS`, `CACHE_OPTIONS`, `UPSTREAM_URL`, `SERVICE_CONTEXT`
 */
export function introspection(context: InstanceContext, options: IntrospectionOptions): Introspection {
  const port = instancePort(context, "introspection()");
  const { client, path, source = fromHeader(), name = "introspection", cacheEntries = 1_000, tokenTypeHint } = options;
  if (typeof (client as { credentials?: unknown } | undefined)?.credentials !== "function") {
    throw refused("client", "what basicClient() and its like give", typeof client);
  }
  // Names of upstreams are checked now, and not with the first token.
  upstream(context, options.upstream);
  const timeout = time("timeout", options.timeout ?? "5s", 1, longestTimeout);
  const maxLength = whole("maxLength", options.maxLength ?? 8_192);
  const rules = rulesOf(options);
  const memory = {
    active: cache<IntrospectedToken>(context, name, { entries: cacheEntries }),
    others: cache<IntrospectedToken | IntrospectionError>(context, `${name}_refused`, { entries: cacheEntries }),
    activeTtl: time("cacheTtl", options.cacheTtl ?? "1m", 0, longestTime),
    refusedTtl: time("refusedTtl", options.refusedTtl ?? "10s", 0, longestTime),
    loadTimeout: Math.min(timeout + loadMargin, longestTimeout),
  };
  const answers = {
    bearer: new BearerAnswers({ ...(rules.scopes.length > 0 && { scope: rules.scopes }), ...options.challenge }),
    unavailable: options.unavailable ?? new Response(503).withHeaders([["retry-after", secondsToRetry]]),
  };
  const maxBytes = whole("maxBytes", options.maxBytes ?? 65_536);
  const endpoint = new Endpoint({ upstream: options.upstream, path, client, tokenTypeHint, timeout, maxBytes });
  return new Introspector(port, source, endpoint, rules, memory, answers, maxLength);
}

function rulesOf(options: IntrospectionOptions): TokenRules {
  const { issuer, audience, scopeMatch = "all", expiryClaim = "exp" } = options;
  const scopes = scopeList(options.scopes ?? []);
  if (scopes === undefined) {
    throw refused("scopes", "scopes, in a list or a text with spaces between them", options.scopes);
  }
  if ((scopeMatch as string) !== "all" && (scopeMatch as string) !== "any") {
    throw refused("scopeMatch", "all or any", scopeMatch);
  }
  if (typeof expiryClaim !== "string" || expiryClaim === "") {
    throw refused("expiryClaim", "the name of a member", expiryClaim);
  }
  if (issuer !== undefined && (typeof issuer !== "string" || issuer === "")) {
    throw refused("issuer", "a text that is not empty", issuer);
  }
  const audiences = typeof audience === "string" ? [audience] : audience;
  if (audiences !== undefined && !isTexts(audiences)) {
    throw refused("audience", "a text, or a list of some, that are not empty", audience);
  }
  const clockTolerance = time("clockTolerance", options.clockTolerance ?? 0, 0, longestTime);
  return { issuer, audiences, scopes, scopeMatch, clockTolerance, expiryClaim };
}

function isTexts(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0 && list.every((each) => typeof each === "string" && each !== "");
}

function time(what: string, duration: unknown, least: number, most: number): number {
  const milliseconds = millisecondsOf(duration);
  if (!(milliseconds >= least && milliseconds <= most)) {
    throw refused(what, `${durationExpected} from ${least} to ${most} ms`, duration);
  }
  return milliseconds;
}

function whole(what: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw refused(what, "a whole number from 1 on", value);
  }
  return value;
}

function refused(what: string, expected: string, got: unknown): SluiceError {
  return new SluiceError(
    "INTROSPECTION_OPTIONS",
    `introspection(): ${what}: expected ${expected}, got ${textOf(got)}.`,
  );
}
