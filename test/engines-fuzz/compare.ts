/** What must be the same on all engines: the part of a sight that can be compared. */
import type { Pairs, Sight } from "./exchange.js";

export interface Difference {
  /** Where: `client.status`, `upstream.0.body`, `lines.2q.3` … */
  place: string;
  expected: unknown;
  got: unknown;
}

/** Fields that proxies add by themselves, and the driver's own. */
const ownHeaders =
  /^(x-program-\d|x-request-id|x-forwarded-.*|x-envoy-.*|via|server|date|host|connection|keep-alive|transfer-encoding)$/;

export function comparable({ client, upstream, calls, lines, codes }: Sight): unknown {
  return {
    // Whether a head that is followed by a reset arrives is nobody's promise.
    client:
      client.end === "broken" || client.end === "none"
        ? { end: "broken" }
        : { ...client, headers: headersOf(client.headers, client.body.length), trailers: headersOf(client.trailers) },
    upstream: upstream.map(({ body, headers, trailers, complete, ...line }) => ({
      ...line,
      // Nor is its length more than what it says of itself.
      headers: headersOf(
        complete ? headers : headers.filter(([name]) => name.toLowerCase() !== "content-length"),
        body.length,
      ),
      complete,
      // How much of a request that is broken off has gone is nobody's promise.
      ...(complete ? { body, trailers: headersOf(trailers) } : {}),
    })),
    calls: [...calls].sort(),
    lines: Object.fromEntries(Object.entries(lines).sort()),
    codes: Object.fromEntries(Object.entries(codes).sort()),
  };
}

/** Engines may frame a message as they like: a true content-length says nothing. */
function headersOf(headers: Pairs, bodyLength?: number): Record<string, string> {
  const known: Record<string, string> = {};
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (!ownHeaders.test(key) && !(key === "content-length" && Number(value) === bodyLength)) {
      known[key] = key in known ? `${known[key]}, ${value}` : value;
    }
  }
  // "Lines of repeated headers that the engine knows" may be joined.
  return Object.fromEntries(
    Object.entries(known)
      .map(([name, value]) => [name, value.replace(/,(?! )/g, ", ")] as const)
      .sort(),
  );
}

/**
 * What differs, except that a request that was broken off may not have been seen: it depends on how far its beginning had come.
 */
export function differencesOf(expected: Sight, got: Sight): Difference[] {
  const unseen = expected.upstream.length > got.upstream.length && expected.upstream.at(-1)!.broken;
  const same = unseen ? { ...expected, upstream: expected.upstream.slice(0, got.upstream.length) } : expected;
  return differences(comparable(same), comparable(got));
}

function differences(expected: unknown, got: unknown, place = ""): Difference[] {
  if (typeof expected !== "object" || typeof got !== "object" || expected === null || got === null) {
    return Object.is(expected, got) ? [] : [{ place, expected, got }];
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...keys].flatMap((key) =>
    differences(
      (expected as Record<string, unknown>)[key],
      (got as Record<string, unknown>)[key],
      place === "" ? key : `${place}.${key}`,
    ),
  );
}
