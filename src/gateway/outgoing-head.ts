/** A request's head on its way to an upstream. */

import { removeValues } from "../abi/header-list.js";
import { isHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";

/** A head taken apart: what the request line needs, and the fields. */
export interface OutgoingHead {
  method: string;
  /** Path and query. */
  target: string;
  /** Begins with `host`; without fields of the connection, whoever set them. */
  headers: HeaderList;
  /** There is a `content-length`. */
  hasLength: boolean;
}

/**
 * Takes apart a list that begins with pseudo-headers. Without a body no `content-length` is passed on; `trailer` only where trailers can
 * follow, which is after chunks (RFC 9110, section 6.6.2).
 */
export function outgoingHead(list: HeaderList, hasBody: boolean): OutgoingHead {
  const head: OutgoingHead = { method: "GET", target: "/", headers: ["host", ""], hasLength: false };
  let announcesTrailers = false;
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = list[i]!;
    const value = list[i + 1]!;
    if (name.charCodeAt(0) === 0x3a) {
      setPseudoHeader(head, name, value);
    } else if (name === "content-length") {
      if (hasBody && !head.hasLength) {
        head.headers.push(name, value);
        head.hasLength = true;
      }
    } else if (!isConnectionField(name)) {
      announcesTrailers ||= name === "trailer";
      head.headers.push(name, value);
    }
  }
  if (announcesTrailers && (!hasBody || head.hasLength)) {
    removeValues(head.headers, "trailer");
  }
  return head;
}

function setPseudoHeader(head: OutgoingHead, name: string, value: string): void {
  switch (name) {
    case ":method":
      head.method = value;
      break;
    case ":path":
      head.target = value;
      break;
    case ":authority":
      head.headers[1] = value;
      break;
    default:
  }
}

/** A policy may have added one; each would break the connection or be refused by the client library. */
function isConnectionField(name: string): boolean {
  return isHopByHop(name) || name === "host" || name === "expect";
}
