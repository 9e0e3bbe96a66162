import { definePolicy, type RequestState, Response, type ResponseState } from "sluice";
import * as v from "valibot";

const how = v.optional(
  v.object({
    state: v.picklist(["body", "headers-body"]),
    edit: v.optional(v.picklist(["none", "grow", "shrink", "empty", "same", "reverse"]), "none"),
  }),
);

/** Gathers bodies and replaces them; breaks requests that contain "forbidden". */
export default definePolicy({
  config: v.object({ request: how, response: how }),

  async onRequest(request, { config }) {
    if (config.request === undefined) {
      return;
    }
    const text = await gather(request, config.request);
    if (text.includes("forbidden")) {
      return new Response("denied", { status: 403 });
    }
  },

  async onResponse(response, { config }) {
    if (config.response !== undefined) {
      await gather(response, config.response);
    }
  },
});

async function gather(
  head: RequestState | ResponseState,
  { state, edit }: NonNullable<v.InferOutput<typeof how>>,
): Promise<string> {
  const whole = await (state === "body" ? head.intoBodyState() : head.intoHeadersBodyState());
  const text = whole.text();
  if (edit !== "none" && whole.containsBody) {
    whole.setBody(edits[edit](text));
  }
  return text;
}

const edits = {
  grow: (text: string) => `${text}${"+".repeat(5_000)}`,
  shrink: (text: string) => text.slice(0, 1),
  empty: () => "",
  same: (text: string) => text,
  reverse: (text: string) => Array.from(text).reverse().join(""),
} as const;
