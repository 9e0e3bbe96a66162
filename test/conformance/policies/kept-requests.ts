import { definePolicy, Flow, type RequestHeadersState, SluiceError } from "sluice";
import * as v from "valibot";

class Holder {
  constructor(readonly head: RequestHeadersState) {}
}

const ways = {
  itself: (head: RequestHeadersState) => head,
  member: (head: RequestHeadersState) => ({ head }),
  deep: (head: RequestHeadersState) => ({ count: 1, of: [{ head }] }),
  instance: (head: RequestHeadersState) => new Holder(head),
  closure: (head: RequestHeadersState) => ({ find: () => head }),
  outside: (_head: RequestHeadersState) => ({ count: 1 }),
} as const;

/** Keeps the request's head for the response filter, which tells what it reads in headers of the response. */
export default definePolicy({
  config: v.object({
    way: v.picklist(Object.keys(ways) as (keyof typeof ways)[]),
    edits: v.optional(v.boolean(), true),
  }),
  configure: () => ({ kept: undefined as RequestHeadersState | undefined }),

  async onRequest(request, { config, resources }) {
    const head = await request.intoHeadersState();
    if (config.edits) {
      head.method = "PUT";
      head.path = "/else";
      head.headers.set("x-op", "1");
    }
    resources.kept = head;
    return Flow.Continue(ways[config.way](head) as object);
  },

  async onResponse(response, { requestData, resources }) {
    const { headers } = await response.intoHeadersState();
    const head = resources.kept;
    if (requestData.kind !== "continue" || head === undefined) {
      return;
    }
    headers.set(
      "x-read",
      attempt(() => `${head.method} ${head.path} ${head.headers.get("x-in")} ${head.headers.get("x-op")}`),
    );
    headers.set(
      "x-has",
      attempt(() => `${head.headers.has("x-in")} ${head.headers.has("x-none")}`),
    );
    headers.set(
      "x-written",
      attempt(() => {
        head.headers.set("x-late", "1");
        return "done";
      }),
    );
    headers.set(
      "x-path",
      attempt(() => {
        head.path = "/late";
        return "done";
      }),
    );
  },
});

function attempt(action: () => string): string {
  try {
    return action();
  } catch (error) {
    return error instanceof SluiceError ? error.code : String(error);
  }
}
