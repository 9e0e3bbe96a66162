/** What clients get where a policy did not come to an answer: nothing about the policy. */
import { Response } from "../policy/response.js";

const plainText = [["content-type", "text/plain"]] as const;

export const failedAnswer = new Response(500).withHeaders(plainText).withBody("Internal Server Error\n");

export const unavailableAnswer = new Response(503).withHeaders(plainText).withBody("Service Unavailable\n");

const requestUnreadableAnswer = new Response(400).withHeaders(plainText).withBody("Bad Request\n");

const responseUnreadableAnswer = new Response(502).withHeaders(plainText).withBody("Bad Gateway\n");

/** The body of a message is not what the policy needs. */
export function unreadableAnswer(phase: "request" | "response"): Response {
  return phase === "request" ? requestUnreadableAnswer : responseUnreadableAnswer;
}

const requestTooLargeAnswer = new Response(413).withHeaders(plainText).withBody("Content Too Large\n");

/** A body is over the limit. A response's is not the client's fault. */
export function tooLargeAnswer(phase: "request" | "response"): Response {
  return phase === "request" ? requestTooLargeAnswer : failedAnswer;
}
