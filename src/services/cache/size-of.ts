/** An estimate of the memory that values take: what QuickJS takes for them, rounded up. */

/** Of an entry, beside its key and its value. */
export const entryBytes = 160;
const objectBytes = 64;
const slotBytes = 16;
/** No text is looked through for wide characters. */
const characterBytes = 2;

/** The bytes of a text. */
export function sizeOfText(text: string): number {
  return slotBytes + characterBytes * text.length;
}

/**
 * The bytes of a value with all that it holds, each object once. What objects hide (private fields, closures, memory of the host) is not
 * seen. Stops beyond `most`.
 */
export function sizeOf(value: unknown, most: number): number {
  const seen = new Set<object>();
  const left: unknown[] = [value];
  let size = 0;
  while (left.length > 0 && size <= most) {
    const next = left.pop();
    if (typeof next === "string") {
      size += sizeOfText(next);
    } else if (typeof next !== "object" || next === null) {
      size += slotBytes;
    } else if (!seen.has(next)) {
      seen.add(next);
      size += objectBytes + sizeOfParts(next, left);
    }
  }
  return size;
}

/** Puts what it holds into `left`. */
function sizeOfParts(object: object, left: unknown[]): number {
  if (ArrayBuffer.isView(object)) {
    // The whole buffer stays, however little of it is looked at.
    left.push(object.buffer);
    return 0;
  }
  if (object instanceof ArrayBuffer) {
    return object.byteLength;
  }
  if (object instanceof Map) {
    for (const pair of object) {
      left.push(...pair);
    }
  } else if (object instanceof Set) {
    left.push(...object);
  }
  // Not by Object.values(): getters are not called.
  const properties = Object.getOwnPropertyDescriptors(object);
  const names = Reflect.ownKeys(properties);
  for (const name of names) {
    left.push((properties as Record<string | symbol, PropertyDescriptor>)[name]?.value);
  }
  return slotBytes * names.length;
}
