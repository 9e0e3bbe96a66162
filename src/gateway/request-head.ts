/** A client's request head: checked, and as the flat list that the chain takes. */
import type { IncomingMessage } from "node:http";
import type { HeaderList } from "../abi/port.js";
import type { ExchangeFacts } from "../host/exchange.js";
import type { ClientConnection } from "./client-connection.js";
import { clientAddressOf, forwardedFields, requestIdOf, schemeOf } from "./forwarded.js";
import { removeNominated } from "./hop-by-hop.js";
import type { Refusal } from "./refusal.js";
import { framingRefusal, isLastRequest, readFields } from "./request-fields.js";
import { requestPlace } from "./request-place.js";

/** A head that may enter a chain. */
export interface RequestHeadParts {
  headers: HeaderList;
  method: string;
  authority: string;
  /** Normalised path with query, or `*`. */
  target: string;
  protocol: ExchangeFacts["protocol"];
  requestId: string;
  /** `ip:port`, of the client rather than of a trusted proxy. */
  clientAddress: string;
  /** Bytes of the body, 0 for none, -1 when it is chunked. */
  contentLength: number;
}

/** Reads the head of a request that Node's parser let pass. */
export function readRequestHead(
  request: IncomingMessage,
  connection: ClientConnection,
  trustedHops: number,
): RequestHeadParts | Refusal {
  const { method = "", httpVersionMinor } = request;
  // Filled in below, in the order that the port demands.
  const headers: HeaderList = [":method", method, ":scheme", "", ":authority", "", ":path", ""];
  const start = headers.length;
  const fields = readFields(request.rawHeaders, headers, connection.passesTrailers, trustedHops);
  if ("status" in fields) {
    return fields;
  }
  if (isLastRequest(fields, httpVersionMinor)) {
    // What the client sends after it is nobody's.
    connection.closing = true;
  }
  const place =
    framingRefusal(fields, httpVersionMinor) ??
    requestPlace(request.url ?? "", method, fields.host, connection.lastAuthority);
  if ("status" in place) {
    return place;
  }
  const { target, authority = connection.localAddress } = place;
  connection.lastAuthority = authority;
  headers[3] = schemeOf(fields.forwardedProto, trustedHops, connection);
  headers[5] = authority;
  headers[7] = target;
  // Before the gateway's own fields: those are not the client's to remove.
  removeNominated(headers, start, fields.connection);
  const requestId = requestIdOf(fields.requestId);
  headers.push(...forwardedFields(fields, trustedHops, connection), "x-request-id", requestId);
  return {
    headers,
    method,
    authority,
    target,
    protocol: httpVersionMinor === 0 ? "HTTP/1.0" : "HTTP/1.1",
    requestId,
    clientAddress: clientAddressOf(fields.forwardedFor, trustedHops) ?? connection.clientAddress,
    contentLength: fields.contentLength,
  };
}
