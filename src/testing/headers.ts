/** Headers between the forms of tests and the chain's flat lists. */
import { joinedValue } from "../abi/header-list.js";
import type { HeaderList } from "../abi/port.js";

/** Headers as tests give them: the web's `Headers`, an object, or pairs in order (repeated names allowed). */
export type HeadersInit =
  | Headers
  | Readonly<Record<string, string>>
  | readonly (readonly [name: string, value: string])[];

/** A flat list, names in lower case. */
export function headerList(init: HeadersInit | undefined): HeaderList {
  if (init === undefined) {
    return [];
  }
  const pairs = Array.isArray(init)
    ? (init as readonly (readonly [string, string])[])
    : init instanceof Headers
      ? [...init]
      : Object.entries(init as Readonly<Record<string, string>>);
  return pairs.flatMap(([name, value]) => [name.toLowerCase(), value]);
}

/** Pairs in order. */
export function headerLines(list: HeaderList): (readonly [name: string, value: string])[] {
  const lines: (readonly [string, string])[] = [];
  for (let index = 0; index < list.length; index += 2) {
    lines.push([list[index] as string, list[index + 1] as string]);
  }
  return lines;
}

/** By name; repeated ones joined. Pseudo-headers are left out. */
export function headerRecord(list: HeaderList): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of headerLines(list)) {
    if (name.startsWith(":")) {
      continue;
    }
    record[name] = Object.hasOwn(record, name) ? joinedValue(name, [record[name] as string, value]) : value;
  }
  return record;
}
