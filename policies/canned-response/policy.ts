/** Answers some requests itself, with what the configuration says. */
import { definePolicy, Response } from "sluice";
import * as v from "valibot";
import { described } from "../shared/described.js";
import { matchEntries, matches } from "../shared/match.js";
import { editableHeaderName, headerValue } from "../shared/refusal.js";

const answer = v.pipe(
  v.strictObject({
    ...matchEntries,
    status: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599), v.description("Status of the answer.")),
      200,
    ),
    headers: v.optional(
      v.pipe(
        v.record(editableHeaderName, headerValue),
        v.description(
          "Its headers. Those of framing are the gateway's; a body without `content-type` is text in UTF-8.",
        ),
      ),
      {},
    ),
    body: v.optional(v.pipe(v.string(), v.description("Its body.")), ""),
  }),
  v.check(
    ({ status, body }) => body === "" || ![204, 205, 304].includes(status),
    "expected no body, which answers with this status never have",
  ),
);

export default definePolicy({
  config: described(
    v.strictObject({
      answers: v.pipe(
        v.array(answer),
        v.minLength(1, "expected at least one answer"),
        v.description("The answers. The first that means a request is sent; requests that none means pass."),
      ),
    }),
    "Answers requests by path and method itself, with fixed answers.",
    { answers: [{ path: "/robots.txt", methods: ["GET"], body: "User-agent: *\nDisallow: /\n" }] },
  ),

  configure({ config }) {
    return config.answers.map(({ status, headers, body, ...match }) => ({
      match,
      response: new Response(body === "" ? null : body, { status, headers }),
    }));
  },

  onRequest(request, { resources: answers }) {
    return answers.find(({ match }) => matches(match, request))?.response;
  },
});
