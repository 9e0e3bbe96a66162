/** Answers of the listener itself, where no route takes the request: a short text that says what is wrong with it. */
import type { ClientExchange } from "./client-exchange.js";
import type { Refusal } from "./request-head.js";

/** Answers a request that was read. */
export function sendRefusal(client: ClientExchange, refusal: Refusal): void {
  const body = Buffer.from(`${refusal.message}\n`);
  const { status, headers = [] } = refusal;
  client.sendHeaders(
    status,
    ["content-type", "text/plain; charset=utf-8", "content-length", String(body.length), ...headers],
    false,
  );
  client.sendData(body, true);
}

const reasons: Readonly<Record<number, string>> = {
  400: "Bad Request",
  408: "Request Timeout",
  413: "Payload Too Large",
  431: "Request Header Fields Too Large",
  501: "Not Implemented",
};

/** A whole answer, for a connection whose requests Node could not read; the connection is to be closed after it. */
export function refusalMessage(status: number, message: string): string {
  const body = `${message}\n`;
  return [
    `HTTP/1.1 ${status} ${reasons[status] ?? "Error"}`,
    `date: ${new Date().toUTCString()}`,
    "content-type: text/plain; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    "",
    body,
  ].join("\r\n");
}
