import { definePolicy, SluiceError } from "sluice";
import {
  BearerAnswers,
  type ChallengeOptions,
  firstOf,
  fromCookie,
  fromHeader,
  fromQuery,
  isBearerToken,
  resourceMetadata,
} from "sluice/bearer";
import { claimHeaders } from "sluice/claim-headers";
import * as v from "valibot";

/** Tells the upstream the token of a request, which it removes, in the headers of `claims`; a token `read` lacks a scope. */
export default definePolicy({
  config: v.object({
    challenge: v.optional(v.looseObject({}), {}),
    resource: v.optional(v.string(), "https://api.example.com/orders"),
    claims: v.optional(v.record(v.string(), v.string()), { "x-token": "token" }),
  }),

  configure: ({ config }) => {
    const source = firstOf(fromHeader(), fromCookie("sid"), fromQuery());
    return { source, metadata: resourceMetadata({ resource: config.resource }) };
  },

  onRequest(request, { config, logger, resources: { source, metadata } }) {
    const document = metadata.answer(request);
    if (document !== undefined) {
      return document;
    }
    try {
      const answers = new BearerAnswers({ resourceMetadata: metadata.url, ...(config.challenge as ChallengeOptions) });
      const fields = claimHeaders(config.claims);
      const sent = source.read(request);
      if (sent === null) {
        return answers.refuse("invalid_request", "There is more than one token.");
      }
      const token = sent === undefined ? undefined : source.tokenIn(sent);
      if (token === undefined) {
        return answers.missing();
      }
      if (!isBearerToken(token)) {
        return answers.refuse("invalid_token", "The token is malformed.");
      }
      if (token === "read") {
        return answers.refuse("insufficient_scope", "The token lacks a scope.", ["write"]);
      }
      source.remove(request);
      fields.set(request.headers, { token });
    } catch (error) {
      logger.warn(error instanceof SluiceError ? error.code : "another error");
    }
    return undefined;
  },
});
