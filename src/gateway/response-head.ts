/** What of a response's head no parser checks. */
import { headExcess } from "./head-size.js";

/** Why a response with this head cannot be passed on; undefined where it can. `raw` is name, value, name, value … in any case. */
export function headProblem(
  status: number,
  reason: string,
  raw: readonly string[],
  ofHttp10: boolean,
): string | undefined {
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
  const excess = headExcess("HTTP/1.1 200 ".length + reason.length, raw);
  return excess === undefined ? undefined : `The head of the upstream's response has ${excess}.`;
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
