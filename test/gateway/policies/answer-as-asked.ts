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
  async onRequest(request) {
    const { headers } = await request.intoHeadersState();
    const answer = headers.get("x-answer");
    if (answer !== null && headers.get("x-phase") !== "response") {
      return asked(answer);
    }
  },

  async onResponse(response) {
    const head = await response.intoHeadersState();
    const answer = head.headers.get("x-answer");
    if (answer !== null) {
      head.sendResponse(asked(answer));
    }
  },
});
