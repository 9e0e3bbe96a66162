/** What the listener says where a request gets no further. */
import type { HeaderList } from "../abi/port.js";

/** Why a request gets no further than the listener. */
export interface Refusal {
  status: number;
  /** For the log, in Envoy's way: `bad_host`. */
  details: string;
  /** For the client: what is wrong with its request. */
  message: string;
  headers?: HeaderList;
  /** What the message is was not certain: the answer is HTTP's, also to a request of gRPC. */
  unread?: true;
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
  505: "HTTP Version Not Supported",
};

/** What the client reads. */
export function refusalBody({ message }: Refusal): Buffer {
  return Buffer.from(`${message}\n`);
}

/** A whole answer, for a connection whose requests Node could not read; the connection is to be closed after it. */
export function refusalMessage(refusal: Refusal): string {
  const { status } = refusal;
  const body = refusalBody(refusal);
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    `date: ${new Date().toUTCString()}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${body.length}`,
    "connection: close",
    "",
    body.toString(),
  ].join("\r\n");
}
