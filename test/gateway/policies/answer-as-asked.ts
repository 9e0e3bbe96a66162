/** Answers with what the header `x-answer` says, as JSON; with `x-phase: response` in place of the upstream's response. */
import { definePolicy, Response } from "sluice";

interface Answer {
  status: number;
  headers?: [string, string][];
  body?: string;
}

function asked(text: string): Response {
  const { status, headers = [], body } = JSON.parse(text) as Answer;
  const answer = new Response(status).withHeaders(headers);
  return body === undefined ? answer : answer.withBody(body);
}

export default definePolicy({
  onRequest(request) {
    const answer = request.headers.get("x-answer");
    if (answer !== null && request.headers.get("x-phase") !== "response") {
      return asked(answer);
    }
  },

  onResponse(response) {
    const answer = response.headers.get("x-answer");
    if (answer !== null) {
      response.sendResponse(asked(answer));
    }
  },
});
