/** Flat header lists: name, value, name, value … The same operations for guest and host. */
import type { HeaderList } from "./port.js";

/** The first value of a name (in lower case). */
export function firstValue(headers: HeaderList, name: string): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) {
      return headers[index + 1];
    }
  }
  return undefined;
}

/** Sets a name's value in the place of its first one and removes the others; adds it at the end where there is none. */
export function setValue(headers: HeaderList, name: string, value: string): void {
  let done = false;
  let kept = 0;
  for (let index = 0; index < headers.length; index += 2) {
    const same = headers[index] === name;
    if (same && done) {
      continue;
    }
    headers[kept] = headers[index] as string;
    headers[kept + 1] = same ? value : (headers[index + 1] as string);
    kept += 2;
    done ||= same;
  }
  headers.length = kept;
  if (!done) {
    headers.push(name, value);
  }
}

/** Removes every value of a name. */
export function removeValues(headers: HeaderList, name: string): void {
  let kept = 0;
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) {
      continue;
    }
    headers[kept] = headers[index] as string;
    headers[kept + 1] = headers[index + 1] as string;
    kept += 2;
  }
  headers.length = kept;
}

/** The lines of one header as one value, its name in lower case: pairs of cookies are separated otherwise (RFC 9113 section 8.2.3). */
export function joinedValue(name: string, lines: readonly string[]): string {
  return lines.join(name === "cookie" ? "; " : ", ");
}
