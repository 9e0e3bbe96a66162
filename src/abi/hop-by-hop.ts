/** Header fields that belong to one connection (RFC 9110 section 7.6.1): no engine shows them to policies. */
import type { HeaderList } from "./port.js";

/** Whether a field (in lower case) is the connection's. `te` is none here, since `te: trailers` is worth passing on. */
export function isHopByHop(name: string): boolean {
  // By length first: nearly every name is told apart by that alone, and this runs for every field of every message.
  switch (name.length) {
    case 7:
      return name === "upgrade";
    case 10:
      return name === "connection" || name === "keep-alive";
    case 16:
      return name === "proxy-connection";
    case 17:
      return name === "transfer-encoding";
    default:
      return false;
  }
}

/** Takes them out of a flat list whose names are in lower case. */
export function removeHopByHop(list: HeaderList): void {
  for (let index = list.length - 2; index >= 0; index -= 2) {
    if (isHopByHop(list[index] as string)) {
      list.splice(index, 2);
    }
  }
}
