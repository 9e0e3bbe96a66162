/** Where a request goes: the authority and the target that it names, checked and normalised. */
import { authorityPattern } from "../config/addresses.js";
import { normalizeTarget } from "../config/request-path.js";
import type { Refusal } from "./refusal.js";

export interface RequestPlace {
  /** undefined: the client names none, as HTTP/1.0 allows. */
  authority: string | undefined;
  /** Normalised path with query, or `*`. */
  target: string;
}

const validAuthority = new RegExp(`^${authorityPattern}$`);

/** `url` and `host` as the client sent them. */
export function requestPlace(
  url: string,
  method: string,
  host: string | undefined,
  lastAuthority: string | undefined,
): RequestPlace | Refusal {
  let target: string | undefined;
  let authority = host;
  if (url.charCodeAt(0) === 0x2f) {
    target = normalizeTarget(url);
  } else if (url === "*" && method === "OPTIONS") {
    target = url;
  } else {
    // The absolute form, whose authority counts instead of Host (RFC 9112, section 3.2.2).
    const match = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url);
    if (match !== null) {
      authority = match[1]!;
      const rest = match[2]!;
      // OPTIONS without a path is about the server as a whole (RFC 9112, section 3.2.4).
      target = rest === "" && method === "OPTIONS" ? "*" : normalizeTarget(rest.startsWith("/") ? rest : `/${rest}`);
    }
  }
  if (target === undefined) {
    return badTarget;
  }
  if (!isValid(host, lastAuthority) || (authority !== host && !isValid(authority, lastAuthority))) {
    return badHost;
  }
  return { authority, target };
}

/** Connections seldom change it: the last one was valid. */
function isValid(authority: string | undefined, last: string | undefined): boolean {
  return authority === undefined || authority === last || validAuthority.test(authority);
}

const badHost: Refusal = { status: 400, details: "bad_host", message: "The host is not valid." };
const badTarget: Refusal = { status: 400, details: "bad_path", message: "The request target is not valid." };
