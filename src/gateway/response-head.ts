/** What of a response's fields no parser checks. `raw` is name, value, name, value … in any case. */
import { messageHeadBytes, messageHeadFields } from "../abi/head-limits.js";

/** Why a response with this head cannot be passed on; undefined where it can. */
export function headProblem(status: number, raw: readonly string[], ofHttp10: boolean): string | undefined {
  if (status < 200) {
    return `The upstream's response has the status ${status}.`;
  }
  const coding = transferCoding(raw);
  if (coding !== undefined && ofHttp10) {
    // Its framing is faulty (RFC 9112, section 6.1).
    return "The upstream's response is one of HTTP/1.0 and has a transfer coding.";
  }
  // Others were not asked for, and would be lost with the field, which is the connection's.
  if (coding !== undefined && coding !== "chunked") {
    return "The upstream's response has another transfer coding than chunked.";
  }
  return fieldsProblem(raw);
}

/** Why these are too many fields, of a head or of trailers, or too large; undefined where they are not. */
export function fieldsProblem(raw: readonly string[]): string | undefined {
  if (raw.length > 2 * messageHeadFields) {
    return `The upstream's response has more than ${messageHeadFields} fields.`;
  }
  let bytes = 0;
  for (const text of raw) {
    bytes += text.length;
  }
  return bytes > messageHeadBytes
    ? `The fields of the upstream's response have more than ${messageHeadBytes} bytes.`
    : undefined;
}

function transferCoding(raw: readonly string[]): string | undefined {
  let coding: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    if (name.length === 17 && name.toLowerCase() === "transfer-encoding") {
      const value = raw[i + 1]!.toLowerCase();
      coding = coding === undefined ? value : `${coding}, ${value}`;
    }
  }
  return coding;
}
