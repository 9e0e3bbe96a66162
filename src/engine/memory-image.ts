/** An initialised memory as data segments, without what is no longer used. */
import type { BuildInstance } from "./build-instance.js";

export interface Segment {
  offset: number;
  bytes: Uint8Array;
}

/** What an engine exports under this name a finished module starts with: it completes the heap. */
export const startFunction = "engine_thaw";

/** A run of zeros shorter than that costs less inside a segment, where a module is packed: a header takes some ten bytes, each other ones. */
const SHORTEST_GAP = 64;

/** The non-zero parts of a memory. */
export function dataSegments(image: Uint8Array): Segment[] {
  const segments: Segment[] = [];
  let offset = 0;
  while (offset < image.length) {
    while (offset < image.length && image[offset] === 0) {
      offset++;
    }
    if (offset >= image.length) {
      break;
    }
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

/** Overwrites the unused stack and what is free in the heap, which still hold source texts and syntax trees. */
export function wipeFreeMemory(instance: BuildInstance): void {
  instance.wipeHeap();
  new Uint8Array(instance.memory.buffer).fill(0, 0, Number(instance.global("__stack_pointer")));
}
