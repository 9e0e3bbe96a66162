/** Refuses requests without a credential, as a policy for tokens does, tells the upstream who it is, and edits the answer. */
import { definePolicy, Flow, Response } from "sluice";

export default definePolicy({
  onRequest(request) {
    const { headers } = request;
    const credential = headers.get("authorization");
    // oxlint-disable-next-line curly -- as it is written most
    if (credential === null) return new Response("no credential", { status: 401 });
    headers.delete("authorization");
    headers.set("x-user", credential);
    request.path = `/users${request.path}`;
    return Flow.Continue(credential);
  },

  onResponse(response, { requestData }) {
    response.headers.set("x-user", requestData.kind === "continue" ? requestData.value : "nobody");
    response.headers.delete("server");
  },
});
