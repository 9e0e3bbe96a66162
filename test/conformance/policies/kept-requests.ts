import { definePolicy, Flow, type RequestState, SluiceError } from "sluice";
import * as v from "valibot";

class Holder {
  constructor(readonly head: RequestState) {}
}

const ways = {
  itself: (head: RequestState) => head,
  member: (head: RequestState) => ({ head }),
  deep: (head: RequestState) => ({ count: 1, of: [{ head }] }),
  instance: (head: RequestState) => new Holder(head),
  closure: (head: RequestState) => ({ find: () => head }),
  outside: (_head: RequestState) => ({ count: 1 }),
} as const;

/** Keeps the request's head for the response filter, which tells what it reads in headers of the response. */
export default definePolicy({
  config: v.object({
    way: v.picklist(Object.keys(ways) as (keyof typeof ways)[]),
    edits: v.optional(v.boolean(), true),
  }),
  configure: () => ({ kept: undefined as RequestState | undefined }),

  onRequest(request, { config, resources }) {
    if (config.edits) {
      request.method = "PUT";
      request.path = "/else";
      request.headers.set("x-op", "1");
    }
    resources.kept = request;
    return Flow.Continue(ways[config.way](request) as object);
  },

  onResponse(response, { requestData, resources }) {
    const { headers } = response;
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
