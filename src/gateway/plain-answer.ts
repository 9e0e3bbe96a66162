/** Answers of the listener itself, where no route takes the request: a short text that says what is wrong with it. */
import { grpcAnswerHead } from "../host/grpc-answer.js";
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

/** The same for a request of gRPC. */
export function sendGrpcRefusal(client: ClientExchange, refusal: Refusal, headRequest: boolean): void {
  const { status, headers = [] } = refusal;
  const head = grpcAnswerHead({ status, headers, body: refusalBody(refusal) }, headRequest);
  client.sendHeaders(Number(head[1]), head.slice(2), true);
}
