/** Which header fields belong to one connection only and end at the gateway (RFC 9110, section 7.6.1). */
import { isHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";
import { neverInTrailers } from "../abi/trailer-names.js";

/**
 * Appends the end-to-end fields of `raw` (name, value, name, value …) to `list`, names in lower case, and returns `list`.
 * What `Connection` names is left out as well, except the fields that frame and route a message.
 */
export function appendEndToEnd(list: HeaderList, raw: readonly string[]): HeaderList {
  const start = list.length;
  let connection: string | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (isHopByHop(name)) {
      if (name === "connection") {
        connection = connection === undefined ? value : `${connection},${value}`;
      }
    } else if (name === "te") {
      if (hasToken(value, "trailers")) {
        list.push("te", "trailers");
      }
    } else {
      list.push(name, value);
    }
  }
  removeNominated(list, start, connection);
  return list;
}

/** Removes, from `start` on, what the value of a `Connection` field names, except the fields that frame and route a message. */
export function removeNominated(list: HeaderList, start: number, connection: string | undefined): void {
  // keep-alive and close name no field; both are what nearly every message says.
  if (connection === undefined || connection === "keep-alive" || connection === "close") {
    return;
  }
  const nominated = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((token) => token.trim()),
  );
  nominated.delete("te");
  nominated.delete("host");
  nominated.delete("content-length");
  let kept = start;
  for (let i = start; i < list.length; i += 2) {
    if (!nominated.has(list[i]!)) {
      list[kept] = list[i]!;
      list[kept + 1] = list[i + 1]!;
      kept += 2;
    }
  }
  list.length = kept;
}

/** Whether a comma-separated field has `token` (in lower case), parameters aside. */
export function hasToken(value: string, token: string): boolean {
  return value.split(",").some((part) => part.split(";", 1)[0]!.trim().toLowerCase() === token);
}

const notInTrailers: ReadonlySet<string> = new Set(neverInTrailers);

/** Trailers as a flat list, names in lower case, without what has no place there (RFC 9110, section 6.5.1). */
export function trailerList(raw: readonly string[]): HeaderList {
  const list: HeaderList = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    if (!notInTrailers.has(name)) {
      list.push(name, raw[i + 1]!);
    }
  }
  return list;
}

/** Pairs, as node:http's `addTrailers` takes them. */
export function headerPairs(list: HeaderList): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) {
    pairs.push([list[i]!, list[i + 1]!]);
  }
  return pairs;
}

/** First value of a field in a flat list. */
export function headerValue(list: HeaderList, name: string): string | undefined {
  for (let i = 0; i + 1 < list.length; i += 2) {
    if (list[i] === name) {
      return list[i + 1];
    }
  }
  return undefined;
}
