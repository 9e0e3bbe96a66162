/** Answers of the listener itself, where no route takes the request: a short text that says what is wrong with it. */
import type { ClientExchange } from "./client-exchange.js";
import { type Refusal, refusalBody } from "./refusal.js";

/** Answers a request that was read. */
export function sendRefusal(client: ClientExchange, refusal: Refusal): void {
  const body = refusalBody(refusal);
  const { status, headers = [] } = refusal;
  client.sendHeaders(
    status,
    ["content-type", "text/plain; charset=utf-8", "content-length", String(body.length), ...headers],
    false,
  );
  client.sendData(body, true);
}
