/** Bearer tokens (RFC 6750): where requests have them, what clients are told that are refused, and where they get tokens (RFC 9728). */
export { BearerAnswers, type BearerError, type ChallengeOptions } from "./answers.js";
export { type ProtectedResource, type ResourceMetadata, resourceMetadata } from "./resource-metadata.js";
export {
  firstOf,
  fromCookie,
  fromHeader,
  fromQuery,
  isBearerToken,
  type TokenCarrier,
  type TokenSource,
} from "./sources.js";
