/** An initialised memory as data segments, without what is no longer used. */
import type { BuildInstance } from "./build-instance.js";

export interface Segment {
  offset: number;
  bytes: Uint8Array;
}

/** A run of zeros shorter than a segment's own header costs less inside a segment. */
const SHORTEST_GAP = 16;
/** The bridge's function references lie at the bottom of the stack, below anything that a stack of 64 KiB in 1 MiB reaches. */
const STACK_BOTTOM = 4096;

/** The non-zero parts of a memory. */
export function dataSegments(image: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  let offset = 0;
  while (offset < image.length) {
    while (offset < image.length && image[offset] === 0) offset++;
    if (offset >= image.length) break;
    let end = offset + 1;
    for (let at = end, zeros = 0; at < image.length && zeros < SHORTEST_GAP; at++) {
      if (image[at] === 0) {
        zeros++;
      } else {
        zeros = 0;
        end = at + 1;
      }
    }
    segments.push({ offset, bytes: image.slice(offset, end) });
    offset = end;
  }
  return segments;
}

/**
 * Overwrites freed blocks of the heap and the unused stack, which still hold source texts and syntax trees. The instance's
 * memory must not be able to grow.
 */
export function zeroFreedMemory(instance: BuildInstance): void {
  const image = new Uint8Array(instance.memory.buffer);
  image.fill(0, STACK_BOTTOM, Number(instance.global("__stack_pointer")));

  // Takes every free block, the largest first, and gives all of them back.
  const taken: number[] = [];
  for (let size = 1 << 22; size >= 8; size >>= 1) {
    for (let pointer = instance.malloc(size); pointer !== 0; pointer = instance.malloc(size)) {
      taken.push(pointer);
      image.fill(0, pointer, pointer + size);
    }
  }
  for (const pointer of taken) instance.free(pointer);
}
