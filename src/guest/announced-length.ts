/** How long a body is, by its message's head, and how much of it has come. */
import type { Direction } from "./direction.js";
import type { MessageOwner } from "./message-owner.js";

/** undefined: the end alone tells how long the body is. */
export function announcedLength({
  owner,
  direction,
}: {
  owner: MessageOwner;
  direction: Direction;
}): number | undefined {
  const value = owner.host().getHeaderMapValue(direction.headers, "content-length");
  return value === undefined ? undefined : Number(value);
}

export class ArrivedBytes {
  count = 0;
  /** By the head of a stream. */
  announced: number | undefined;

  /** With the last byte that its head announces a message is complete for its receiver. Hosts may tell only then that it is the last. */
  get all(): boolean {
    return this.count === this.announced;
  }
}
