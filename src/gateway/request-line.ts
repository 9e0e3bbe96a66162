/** The protocol at the end of a request line, which Node's parser does not tell: to it, RTSP/1.0 is HTTP/1.0. */
import type { Refusal } from "./refusal.js";

/** Chars of a line's end that tell it: ` HTTP/1.1` and a CR. */
export const protocolChars = 10;

/** Why a request whose line ends like that is not served. `end` has at least {@link protocolChars}, or the whole line. */
export function protocolRefusal(end: string): Refusal | undefined {
  if (/ HTTP\/1\.[01]\r?$/.test(end)) {
    return undefined;
  }
  return / HTTP\/\d[\d.]*\r?$/.test(end) ? otherVersion : otherProtocol;
}

const otherVersion: Refusal = {
  status: 505,
  details: "http_version_not_supported",
  message: "Only HTTP/1.1 and HTTP/1.0 are understood.",
};
const otherProtocol: Refusal = {
  status: 400,
  details: "bad_request",
  message: "The request line does not end with HTTP/1.1 or HTTP/1.0.",
};
