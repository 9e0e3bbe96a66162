/** What a response filter learns of its own policy's request filter. */

/** Why a request filter was ended before it had decided. */
export type CancelReason =
  /** The upstream answered while the filter awaited the whole body. */
  | "upstream-replied"
  /** Another policy, or the gateway, answered. */
  | "peer-replied"
  /** The client closed the connection; no response filter runs then. */
  | "client-gone"
  /** The policy was removed or replaced. */
  | "policy-removed"
  /** The filter took longer than its limit. */
  | "filter-timeout"
  /** The body is larger than the route's limit. */
  | "body-too-large"
  /** The filter threw, and the policy is used with `onError: allow`. */
  | "failed";

/** The outcome of the request filter, as its response filter sees it. */
export type RequestData<Data> =
  /** It continued (or there is none): `value` is what it passed to `Flow.Continue`. */
  | { readonly kind: "continue"; readonly value: Data }
  /** It answered; this response is its answer. */
  | { readonly kind: "break" }
  /** It was ended before it had decided. */
  | { readonly kind: "cancel"; readonly reason: CancelReason }
  /** It is still reading the body's stream; the upstream answered early. */
  | { readonly kind: "pending" };
