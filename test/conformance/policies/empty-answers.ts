import { definePolicy, Response } from "sluice";
import * as v from "valibot";

/** Answers without a body, and tells the client what the response filter saw of the answer's length. */
export default definePolicy({
  config: v.object({ answers: v.boolean() }),

  onRequest(_request, { config }) {
    return config.answers ? new Response(403) : undefined;
  },

  onResponse(response) {
    const { headers, containsBody } = response;
    headers.set("x-length", headers.get("content-length") ?? "none");
    headers.set("x-body", String(containsBody));
  },
});
