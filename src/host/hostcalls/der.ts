/** DER (X.690) as far as keys need it: where elements are, and whether lengths are written as they have to be. */

export interface Element {
  /** Where its tag is. */
  readonly at: number;
  /** Where its content begins. */
  readonly start: number;
  readonly end: number;
}

const OCTET_STRING = 0x04;
const CONSTRUCTED = 0x20;
/** Keys have no more. */
const deepest = 16;

/** undefined: there is none, or its length is not written in the shortest way. */
export function elementAt(bytes: Uint8Array, at: number, limit = bytes.length): Element | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x84) {
    return undefined;
  }
  let [start, length] = [at + 2, first];
  if (first > 0x80) {
    start += first - 0x80;
    length = bytes.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
    if (bytes[at + 2] === 0 || length < 0x80) {
      return undefined;
    }
  }
  const end = start + length;
  return end > limit ? undefined : { at, start, end };
}

/** The elements of which one consists; empty where it does not. */
export function contentsOf(bytes: Uint8Array, { start, end }: Element): readonly Element[] {
  const elements: Element[] = [];
  let at = start;
  while (at < end) {
    const element = elementAt(bytes, at, end);
    if (element === undefined) {
      return [];
    }
    elements.push(element);
    at = element.end;
  }
  return elements;
}

/** Whether the first element, and all in it, is DER. Keys are in octet strings, too. */
export function isDer(bytes: Uint8Array): boolean {
  const first = elementAt(bytes, 0);
  return first !== undefined && isDerWithin(bytes, first, deepest);
}

function isDerWithin(bytes: Uint8Array, element: Element, depth: number): boolean {
  const isOpen = (bytes[element.at]! & CONSTRUCTED) !== 0;
  const inner = isOpen || bytes[element.at] === OCTET_STRING ? contentsOf(bytes, element) : [];
  if (isOpen && inner.length === 0 && element.end > element.start) {
    return false;
  }
  return depth > 0 && inner.every((each) => isDerWithin(bytes, each, depth - 1));
}
