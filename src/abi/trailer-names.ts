/** Which fields must not come in trailers (RFC 9110, section 6.5.1), in lower case. */

/** They would frame, route, authorise or describe a message that is already under way. */
export const neverInTrailers: readonly string[] = [
  "content-length",
  "host",
  "connection",
  "keep-alive",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "proxy-connection",
  "authorization",
  "cookie",
  "set-cookie",
  "content-encoding",
  "content-type",
  "content-range",
  "expect",
  "max-forwards",
];

/** In requests, moreover, what proxies say of a client and of its request: an upstream that merges trailers would take a client's word for theirs. */
export const neverInRequestTrailers: readonly string[] = [
  "forwarded",
  "via",
  "x-real-ip",
  "x-request-id",
  "proxy-authorization",
];

/** Beginnings of more such names. */
export const neverBeginningsInRequestTrailers: readonly string[] = ["x-forwarded-", "x-envoy-"];
