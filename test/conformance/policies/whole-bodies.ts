import { definePolicy, Flow, type RequestHeadersState, Response, type ResponseHeadersState } from "sluice";
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
    const text = await gather(await request.intoHeadersState(), config.request);
    if (text.includes("forbidden")) {
      return Flow.Break(new Response(403).withBody("denied"));
    }
  },

  async onResponse(response, { config }) {
    if (config.response !== undefined) {
      await gather(await response.intoHeadersState(), config.response);
    }
  },
});

async function gather(
  head: RequestHeadersState | ResponseHeadersState,
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
