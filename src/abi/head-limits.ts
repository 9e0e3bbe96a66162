/** How large a message's head may be: requests and responses, on every engine. A larger request gets 431, a larger response 502. */

/** Fields of a head, repeated ones each. The fields of trailers have the same limit. */
export const messageHeadFields = 1_000;

/** Bytes of a head, from its start line to its empty line. Envoy's default, and its way to count. */
export const messageHeadBytes = 61_440;
