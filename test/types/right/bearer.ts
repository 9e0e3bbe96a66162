/** Bearer tokens, and claims in headers. */
import { definePolicy, type Response } from "sluice";
import {
  BearerAnswers,
  firstOf,
  fromCookie,
  fromHeader,
  fromQuery,
  isBearerToken,
  type ResourceMetadata,
  resourceMetadata,
  type TokenSource,
} from "sluice/bearer";
import { type ClaimHeaders, claimHeaders } from "sluice/claim-headers";
import { exactType } from "./exact-type.js";

export const policy = definePolicy({
  configure() {
    const metadata = resourceMetadata({ resource: "https://a", authorizationServers: ["https://b"] });
    exactType<ResourceMetadata>()(metadata);
    const source = firstOf(fromHeader(), fromHeader("x-token"), fromCookie("sid"), fromQuery());
    exactType<TokenSource>()(source);
    const answers = new BearerAnswers({ scheme: "DPoP", realm: "a", scope: ["b"], resourceMetadata: metadata.url });
    const headers = claimHeaders({ "x-user": "sub" });
    exactType<ClaimHeaders>()(headers);
    return { metadata, source, answers, headers };
  },

  onRequest(request, { resources: { metadata, source, answers, headers } }) {
    exactType<Response | undefined>()(metadata.answer(request));
    const sent = source.read(request);
    exactType<string | null | undefined>()(sent);
    headers.set(request.headers, { sub: "ada" });
    headers.clear(request.headers);
    source.remove(request);
    const token = source.tokenIn(sent ?? "");
    if (token === undefined) {
      return answers.missing();
    }
    return isBearerToken(token) ? undefined : answers.refuse("invalid_token", "No.", "a b");
  },
});
