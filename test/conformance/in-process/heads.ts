/** Heads between the cases' form and the chain's. */
import type { HeaderList } from "../../../src/abi/port.js";
import type { Pairs } from "../runner/value-matcher.js";

export function headerList(pairs: Pairs): HeaderList {
  return pairs.flatMap(([name, value]) => [name.toLowerCase(), value]);
}

export function headerPairs(list: HeaderList): [name: string, value: string][] {
  const pairs: [name: string, value: string][] = [];
  for (let index = 0; index < list.length; index += 2) pairs.push([list[index]!, list[index + 1]!]);
  return pairs;
}

/** A request's head as it would stand on a connection. */
export function requestHead(list: HeaderList): { method: string; path: string; headers: Pairs } {
  const pairs = headerPairs(list);
  const pseudo = (name: string) => pairs.find(([other]) => other === name)?.[1] ?? "";
  const headers = pairs.filter(([name]) => !name.startsWith(":"));
  return { method: pseudo(":method"), path: pseudo(":path"), headers: [["host", pseudo(":authority")], ...headers] };
}

/** A response to it carries no body, whatever its head says. */
export function isBodyless(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** What a peer on a connection would not forgive. */
export function lengthProblems(headers: Pairs, bytes: number): string[] {
  const lengths = headers.filter(([name]) => name === "content-length").map(([, value]) => value);
  return lengths.every((length) => length === String(bytes)) && lengths.length <= 1
    ? []
    : [`content-length ${lengths.join(", ")} for ${bytes} bytes`];
}
