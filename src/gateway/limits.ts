/** Limits that no configuration changes. Those of heads, which every engine has, are in `abi/head-limits.ts`. */

/** Bytes of an unread request body that are thrown away after an early answer, so that the connection can be used again. */
export const discardedForReuseBytes = 65_536;

/** Bytes that are thrown away before a connection with an unread request body is closed for good. */
export const lingerBytes = 16_777_216;

/** How long that may take, in milliseconds. */
export const lingerMilliseconds = 5_000;

/**
 * Bytes of a response's head that its parser takes. Parsers count what the limit of heads does not, such as the reason; so that limit
 * is checked later.
 */
export const parsedHeadBytes = 65_536;

/** How long an upstream may take nothing of a request's body, in milliseconds. */
export const upstreamStallMilliseconds = 30_000;

/** Bytes behind a request in progress that are taken in before a connection is not read any more, about: a chunk's worth more may come. */
export const heldInputBytes = 65_536;
