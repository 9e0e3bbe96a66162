/** The fields of an HTTP/1 request, each for what it is: the connection's, the gateway's own, or one that goes on (RFC 9112). */
import { messageHeadFields } from "../abi/head-limits.js";
import { isHopByHop } from "../abi/hop-by-hop.js";
import type { HeaderList } from "../abi/port.js";
import { isBelieved } from "./forwarded.js";
import { hasToken } from "./hop-by-hop.js";
import type { Refusal } from "./refusal.js";

/** What was said, several lines of a name joined by commas; undefined or empty where nothing was. */
export interface RequestFields {
  host: string | undefined;
  connection: string | undefined;
  upgrade: string | undefined;
  requestId: string;
  forwardedFor: string;
  forwardedProto: string;
  /** Bytes of the body, 0 for none, -1 when it is chunked. */
  contentLength: number;
}

/** Reads `raw` (name, value, name, value …) and appends to `list` what goes on to policies and upstreams, names in lower case. */
export function readFields(
  raw: readonly string[],
  list: HeaderList,
  passesTrailers: boolean,
  trustedHops: number,
): RequestFields | Refusal {
  if (raw.length > messageHeadFields * 2) {
    return tooManyFields;
  }
  const fields: RequestFields = {
    host: undefined,
    connection: undefined,
    upgrade: undefined,
    requestId: "",
    forwardedFor: "",
    forwardedProto: "",
    contentLength: 0,
  };
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (isHopByHop(name)) {
      if (name === "connection") {
        fields.connection = joined(fields.connection, value);
      } else if (name === "transfer-encoding") {
        if (value.toLowerCase() !== "chunked") {
          return unsupportedCoding;
        }
        fields.contentLength = -1;
      } else if (name === "upgrade") {
        fields.upgrade = joined(fields.upgrade, value);
      }
      continue;
    }
    switch (name) {
      case "host":
        if (fields.host !== undefined) {
          return severalHosts;
        }
        fields.host = value;
        break;
      case "te":
        if (hasToken(value, "trailers")) {
          list.push("te", "trailers");
        }
        break;
      case "expect":
        // The gateway answers it itself, when somebody wants the body.
        break;
      case "trailer":
        if (passesTrailers) {
          list.push(name, value);
        }
        break;
      case "content-length":
        fields.contentLength = Number(value);
        list.push(name, value);
        break;
      case "x-request-id":
        fields.requestId = joined(fields.requestId, value);
        break;
      case "x-forwarded-for":
        fields.forwardedFor = joined(fields.forwardedFor, value);
        break;
      case "x-forwarded-proto":
        fields.forwardedProto = joined(fields.forwardedProto, value);
        break;
      default:
        if (isBelieved(name, trustedHops)) {
          list.push(name, value);
        }
    }
  }
  return fields;
}

/** Whether the client wants no further response on its connection (RFC 9112, section 9.3). */
export function isLastRequest({ connection }: RequestFields, httpVersionMinor: number): boolean {
  if (connection === undefined || connection === "keep-alive") {
    return connection === undefined && httpVersionMinor === 0;
  }
  return hasToken(connection, "close") || (httpVersionMinor === 0 && !hasToken(connection, "keep-alive"));
}

/** What HTTP/1 does not allow, or this gateway does not do. */
export function framingRefusal(fields: RequestFields, httpVersionMinor: number): Refusal | undefined {
  if (wantsUpgrade(fields)) {
    return unsupportedUpgrade;
  }
  if (fields.contentLength === -1 && httpVersionMinor === 0) {
    return chunkedInHttp10;
  }
  // HTTP/1.0 clients may come without it.
  return fields.host === undefined && httpVersionMinor > 0 ? noHost : undefined;
}

/** A client that offers h2c (curl --http2 does) is content with HTTP/1.1; one that asks for anything else is not. */
function wantsUpgrade({ connection, upgrade }: RequestFields): boolean {
  return (
    upgrade !== undefined &&
    connection !== undefined &&
    hasToken(connection, "upgrade") &&
    upgrade.split(",").some((protocol) => protocol.trim().toLowerCase() !== "h2c")
  );
}

function joined(before: string | undefined, value: string): string {
  return before === undefined || before === "" ? value : `${before},${value}`;
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
