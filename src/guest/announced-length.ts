/** How long a body is, by its message's head. */
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
