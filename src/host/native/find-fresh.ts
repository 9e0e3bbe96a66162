/** Looking up what is kept for a while, for policies that run as plain JavaScript. */
import type { FindFresh } from "../../abi/port.js";

/** @param clock milliseconds since the epoch */
export function findFreshBy(clock: () => number): FindFresh {
  return (map, key) => {
    const value = map.get(key);
    if (value === undefined || value.freshUntil <= clock()) {
      return undefined;
    }
    map.delete(key);
    map.set(key, value);
    return value;
  };
}
