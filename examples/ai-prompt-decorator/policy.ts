import { definePolicy, Response } from "sluice";
import * as v from "valibot";

const role = v.picklist(["system", "assistant", "user"]);

/** A request body: what the policy has to know of it. All else goes on as it came. */
const chatCompletion = v.pipe(
  v.string(),
  v.parseJson(),
  v.looseObject({
    model: v.string(),
    messages: v.array(v.looseObject({ role: v.string(), content: v.string() })),
  }),
);

const refusal = Response.json({ error: "body is not a chat completion" }, { status: 400 });

export default definePolicy({
  config: v.object({
    prepend: v.optional(v.array(v.object({ role, content: v.string() })), []),
    append: v.optional(v.array(v.object({ role: v.optional(role, "system"), content: v.string() })), []),
  }),

  async onRequest(request, { config }) {
    const body = await request.intoBodyState();
    const parsed = v.safeParse(chatCompletion, body.text());
    if (!parsed.success) {
      return refusal;
    }
    const messages = [...config.prepend, ...parsed.output.messages, ...config.append];
    body.setBody(JSON.stringify({ ...parsed.output, messages }));
  },
});
