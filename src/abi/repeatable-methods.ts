/**
 * Methods of requests that are sent once more when the connection to the upstream is lost before its response, on every engine.
 * They are the idempotent ones (RFC 9110, section 9.2.2) but PUT: it has a body, which the gateway cannot send again, and by which
 * Envoy cannot choose.
 */
export const repeatableMethods = ["GET", "HEAD", "OPTIONS", "TRACE", "DELETE"] as const;
