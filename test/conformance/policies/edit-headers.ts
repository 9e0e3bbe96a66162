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

  async onRequest(request, { config }) {
    const head = await request.intoHeadersState();
    apply(config.request, head.headers);
    if (config.method !== undefined) {
      head.method = config.method;
    }
    if (config.path !== undefined) {
      head.path = config.path;
    }
  },

  async onResponse(response, { config }) {
    const head = await response.intoHeadersState();
    apply(config.response, head.headers);
    if (config.status !== undefined) {
      head.status = config.status;
    }
  },
});

function apply(list: v.InferOutput<typeof edits>, headers: Headers): void {
  for (const { edit, name, value } of list) {
    headers[edit](name, value);
  }
}
