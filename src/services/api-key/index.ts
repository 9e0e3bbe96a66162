/** API keys: which client a request comes from, and what it has agreed to. */
import { SluiceError } from "../../errors.js";
import { Response } from "../../policy/response.js";
import { type InstanceContext, instancePort } from "../../policy/service.js";
import { fromHeader } from "../bearer/index.js";
import type { ApiKeys } from "./api-key.js";
import { ApiKeyChecker } from "./checker.js";
import { type ApiCredentials, keyIn } from "./credentials.js";
import type { ApiKeySource } from "./source.js";

export type { ApiClient, ApiKeyRecord, ApiKeyResult, ApiKeys } from "./api-key.js";
export { type ApiCredentials, basicCredentials, idAndSecretIn, keyIn } from "./credentials.js";
export { listedKeys } from "./listed-keys.js";
export { type PolledKeyOptions, polledKeys } from "./polled-keys.js";
export type { ApiKeySource } from "./source.js";
export { storedKeys } from "./stored-keys.js";

/** How API keys are checked. */
export interface ApiKeyOptions {
  /** Where keys come from: `listedKeys()`, `polledKeys()` or `storedKeys()`. */
  readonly keys: ApiKeySource;
  /** Where requests have them: `keyIn()`, `idAndSecretIn()` or `basicCredentials()`. Default: `keyIn(fromHeader("x-api-key"))`. */
  readonly credentials?: ApiCredentials | undefined;
  /** What is protected, for people, in the 401. */
  readonly realm?: string | undefined;
}

/** A `quoted-string` without escapes (RFC 9110 section 5.6.4). */
const quotable = /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/;
const secondsToRetry = "5";

/**
 * What checks API keys. Make it in `configure`.
 *
 * @example
 * configure: (context) => apiKeys(context, { keys: listedKeys(context.config.keys) }),
 * async onRequest(request, context) {
 *   const result = await context.resources.authenticate(request);
 *   if (!result.authenticated) return result.response();
 *   setAuthentication(context, result.authentication);
 * }
 * @throws SluiceError `API_KEY_OPTIONS`, `SERVICE_CONTEXT`
 */
export function apiKeys(context: InstanceContext, options: ApiKeyOptions): ApiKeys {
  const port = instancePort(context, "apiKeys()");
  const { keys, credentials = keyIn(fromHeader("x-api-key")), realm = "api" } = options;
  if (typeof realm !== "string" || !quotable.test(realm)) {
    throw new SluiceError("API_KEY_OPTIONS", 'apiKeys(): realm: expected printable ASCII without " and \\.');
  }
  const challenge = `${credentials.scheme} realm="${realm}"`;
  return new ApiKeyChecker(
    port,
    keys,
    credentials,
    new Response(401).withHeaders([["www-authenticate", challenge]]),
    new Response(503).withHeaders([["retry-after", secondsToRetry]]),
  );
}
