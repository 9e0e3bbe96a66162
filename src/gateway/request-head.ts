/** A client's request head: checked, and as the flat list that the chain takes. */

import type { IncomingMessage } from "node:http";
import { messageHeadFields } from "../abi/head-limits.js";
import { isHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";
import { authorityPattern } from "../config/addresses.js";
import { normalizeTarget } from "../config/request-path.js";
import type { ClientConnection } from "./client-connection.js";
import { clientAddressOf, isBelieved, requestIdOf, schemeOf } from "./forwarded.js";
import { hasToken, removeNominated } from "./hop-by-hop.js";
import type { Refusal } from "./refusal.js";

/** A head that may enter a chain. */
export interface RequestHeadParts {
  headers: HeaderList;
  method: string;
  authority: string;
  /** Normalised path with query, or `*`. */
  target: string;
  requestId: string;
  /** `ip:port`, of the client rather than of a trusted proxy. */
  clientAddress: string;
  /** Bytes of the body, 0 for none, -1 when it is chunked. */
  contentLength: number;
}

const validAuthority = new RegExp(`^${authorityPattern}$`);

/** Reads the head of a request that Node's parser let pass. */
export function readRequestHead(
  request: IncomingMessage,
  connection: ClientConnection,
  trustedHops: number,
): RequestHeadParts | Refusal {
  const method = request.method ?? "";
  // Filled in below, in the order that the port demands.
  const headers: HeaderList = [":method", method, ":scheme", "http", ":authority", "", ":path", ""];
  const start = headers.length;
  const raw = request.rawHeaders;
  if (raw.length > messageHeadFields * 2) {
    return tooManyFields;
  }
  let host: string | undefined;
  let connectionField: string | undefined;
  let upgrade: string | undefined;
  let requestId = "";
  let forwardedFor = "";
  let forwardedProto = "";
  let contentLength = 0;

  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (isHopByHop(name)) {
      if (name === "connection") {
        connectionField = connectionField === undefined ? value : `${connectionField},${value}`;
      } else if (name === "transfer-encoding") {
        if (value.toLowerCase() !== "chunked") {
          return unsupportedCoding;
        }
        contentLength = -1;
      } else if (name === "upgrade") {
        upgrade = upgrade === undefined ? value : `${upgrade},${value}`;
      }
      continue;
    }
    switch (name) {
      case "host":
        if (host !== undefined) {
          return severalHosts;
        }
        host = value;
        break;
      case "te":
        if (hasToken(value, "trailers")) {
          headers.push("te", "trailers");
        }
        break;
      case "expect":
        // The gateway answers it itself, when somebody wants the body.
        break;
      case "trailer":
        if (connection.passesTrailers) {
          headers.push(name, value);
        }
        break;
      case "content-length":
        contentLength = Number(value);
        headers.push(name, value);
        break;
      case "x-request-id":
        requestId = requestId === "" ? value : `${requestId},${value}`;
        break;
      case "x-forwarded-for":
        forwardedFor = forwardedFor === "" ? value : `${forwardedFor},${value}`;
        break;
      case "x-forwarded-proto":
        forwardedProto = forwardedProto === "" ? value : `${forwardedProto},${value}`;
        break;
      default:
        if (isBelieved(name, trustedHops)) {
          headers.push(name, value);
        }
    }
  }

  if (isLast(connectionField, request.httpVersionMinor)) {
    // What the client sends after it is nobody's.
    connection.closing = true;
  }
  if (upgrade !== undefined && wantsUpgrade(connectionField, upgrade)) {
    return unsupportedUpgrade;
  }
  if (contentLength === -1 && request.httpVersionMinor === 0) {
    return chunkedInHttp10;
  }
  if (host === undefined && request.httpVersionMinor > 0) {
    return noHost;
  }
  const parts = targetParts(request.url ?? "", method, host);
  if ("status" in parts) {
    return parts;
  }
  if (host !== undefined && host !== parts.authority && !validAuthority.test(host)) {
    return badHost;
  }
  // HTTP/1.0 clients may come without Host.
  const authority = parts.authority ?? connection.localAddress;
  if (authority !== connection.lastHost) {
    if (!validAuthority.test(authority)) {
      return badHost;
    }
    connection.lastHost = authority;
  }
  headers[5] = authority;
  headers[7] = parts.target;
  // Before the gateway's own fields: those are not the client's to remove.
  removeNominated(headers, start, connectionField);
  requestId = requestIdOf(requestId);
  const believed = trustedHops > 0;
  headers.push(
    "x-forwarded-for",
    believed && forwardedFor !== "" ? `${forwardedFor},${connection.clientIp}` : connection.clientIp,
    "x-forwarded-proto",
    believed && forwardedProto !== "" ? forwardedProto : "http",
    "x-request-id",
    requestId,
  );
  if (believed) {
    headers[3] = schemeOf(forwardedProto);
  }
  const clientAddress = clientAddressOf(forwardedFor, trustedHops) ?? connection.clientAddress;
  return { headers, method, authority, target: parts.target, requestId, clientAddress, contentLength };
}

/** Whether the client wants no further response on its connection (RFC 9112, section 9.3). */
function isLast(connection: string | undefined, httpVersionMinor: number): boolean {
  if (connection === undefined || connection === "keep-alive") {
    return connection === undefined && httpVersionMinor === 0;
  }
  return hasToken(connection, "close") || (httpVersionMinor === 0 && !hasToken(connection, "keep-alive"));
}

/** A client that offers h2c (curl --http2 does) is content with HTTP/1.1; one that asks for anything else is not. */
function wantsUpgrade(connection: string | undefined, upgrade: string): boolean {
  return (
    connection !== undefined &&
    hasToken(connection, "upgrade") &&
    upgrade.split(",").some((protocol) => protocol.trim().toLowerCase() !== "h2c")
  );
}

function targetParts(
  url: string,
  method: string,
  host: string | undefined,
): { authority: string | undefined; target: string } | Refusal {
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
  return target === undefined ? badTarget : { authority, target };
}

const unsupportedCoding: Refusal = {
  status: 501,
  details: "unsupported_transfer_encoding",
  message: "Of transfer codings, only chunked is understood.",
  unread: true,
};
const tooManyFields: Refusal = {
  status: 431,
  details: "request_head_too_large",
  message: `The request's head has more than ${messageHeadFields} fields.`,
  unread: true,
};
const severalHosts: Refusal = { status: 400, details: "bad_host", message: "There is more than one Host." };
const noHost: Refusal = { status: 400, details: "bad_host", message: "There is no Host." };
const badHost: Refusal = { status: 400, details: "bad_host", message: "The host is not valid." };
const badTarget: Refusal = { status: 400, details: "bad_path", message: "The request target is not valid." };
const chunkedInHttp10: Refusal = {
  status: 400,
  details: "bad_framing",
  message: "HTTP/1.0 knows no transfer codings.",
  unread: true,
};
const unsupportedUpgrade: Refusal = {
  status: 501,
  details: "upgrade_refused",
  message: "This gateway does not switch protocols.",
};
