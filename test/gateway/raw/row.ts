/** The rows of the tables of raw messages. */

/** What a row says beyond message and outcome. */
export interface Extra {
  /** The section that decides, where it is another one than the group's. */
  rfc?: string;
  /** Fields that the first request must have at the upstream: `x-a: 1`. */
  has?: readonly string[];
  /** Names of fields that no request may have at the upstream. */
  lacks?: readonly string[];
  /** The message has no end, or takes what follows for its own: no request follows it, the client closes its side. */
  open?: true;
  /** The upstream may see the beginning of this request, which then never ends: `POST /`. */
  partial?: string;
}

/**
 * A message of a client. In `send`, ⏎ is CRLF, every other character a byte. A request of
 * its own follows every message on its connection. `get` is what the client gets: statuses, then `keep` when the request that
 * follows is answered, too, `close` when the connection is closed without it; see {@link wordPatterns}. `seen` is what reaches
 * the upstream, a text for each request: `GET /`, `POST / length hello`, `POST / chunked hello`; see {@link requestPatterns}.
 */
export type RequestRow = readonly [
  name: string,
  send: string,
  get: string,
  seen?: string | readonly string[],
  extra?: Extra,
];

/** Rows of one kind. */
export interface RequestGroup {
  kind: string;
  /** The section that decides, RFC 9112's where nothing else is said. */
  rfc: string;
  rows: readonly RequestRow[];
}

/** How a request for a raw response looks. `GET` goes by the gateway's one way to upstreams, `POST` by the other. */
export type ResponseFor = "GET" | "POST" | "HEAD" | "GET HTTP/1.0";

/**
 * A response of an upstream, `send` as in {@link RequestRow}. `get` is what the client gets: statuses and the body of the last
 * one, as in `103? 200 hello`; `200 cut` for a response that is broken off.
 */
export type ResponseRow = readonly [
  name: string,
  send: string,
  get: string,
  extra?: {
    rfc?: string;
    /** Default: GET and POST. */
    to?: readonly ResponseFor[];
    /** The upstream closes the connection after the response: in order, or with a reset. */
    then?: "end" | "reset";
    /** What the upstream sends after the response, in a packet of its own, when the client has the response. */
    late?: string;
    /** Fields of the response that the client must get. */
    has?: readonly string[];
    /** Names of fields that the client must not get, `trailer` among them. */
    lacks?: readonly string[];
  },
];

export interface ResponseGroup {
  kind: string;
  rfc: string;
  rows: readonly ResponseRow[];
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text.replaceAll("⏎", "\r\n"), "latin1");
}

/** What one word of an outcome may be; an optional one may be missing. */
export interface Pattern {
  alternatives: readonly string[];
  optional: boolean;
}

/** `200`, `400|501`, `400?`. */
export function wordPatterns(words: string): Pattern[] {
  return words.split(" ").map((word) => {
    const optional = word.endsWith("?");
    return { alternatives: (optional ? word.slice(0, -1) : word).split("|"), optional };
  });
}

/** `GET /a`, `maybe GET /a`. */
export function requestPatterns(seen: string | readonly string[]): Pattern[] {
  const texts = typeof seen === "string" ? [seen] : seen;
  return texts.map((text) => {
    const optional = text.startsWith("maybe ");
    return { alternatives: [optional ? text.slice("maybe ".length) : text], optional };
  });
}

export function matches([first, ...rest]: readonly Pattern[], actual: readonly string[]): boolean {
  if (first === undefined) {
    return actual.length === 0;
  }
  const taken = actual[0] !== undefined && first.alternatives.includes(actual[0]) && matches(rest, actual.slice(1));
  return taken || (first.optional && matches(rest, actual));
}
