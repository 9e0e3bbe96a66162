import { definePolicy, type Headers } from "sluice";
import * as v from "valibot";

const edits = v.optional(
  v.array(
    v.object({ edit: v.picklist(["set", "append", "delete"]), name: v.string(), value: v.optional(v.string(), "") }),
  ),
  [],
);

export default definePolicy({
  config: v.object({
    request: edits,
    response: edits,
    method: v.optional(v.string()),
    path: v.optional(v.string()),
    status: v.optional(v.number()),
  }),

  onRequest(request, { config }) {
    apply(config.request, request.headers);
    if (config.method !== undefined) {
      request.method = config.method;
    }
    if (config.path !== undefined) {
      request.path = config.path;
    }
  },

  onResponse(response, { config }) {
    apply(config.response, response.headers);
    if (config.status !== undefined) {
      response.status = config.status;
    }
  },
});

function apply(list: v.InferOutput<typeof edits>, headers: Headers): void {
  for (const { edit, name, value } of list) {
    headers[edit](name, value);
  }
}
