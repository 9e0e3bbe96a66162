import { definePolicy, type RequestState, type ResponseState } from "sluice";
import * as v from "valibot";

const bytes = v.optional(v.number());

/** Gathers bodies and sets them to as many bytes as its configuration says. */
export default definePolicy({
  config: v.object({ request: bytes, response: bytes, text: v.optional(v.boolean(), false) }),

  async onRequest(request, { config }) {
    await set(request, config.request, config.text);
  },

  async onResponse(response, { config }) {
    await set(response, config.response, config.text);
  },
});

async function set(message: RequestState | ResponseState, size: number | undefined, asText: boolean): Promise<void> {
  if (size === undefined) {
    return;
  }
  const whole = await (await message.intoHeadersState()).intoHeadersBodyState();
  // As text each pair of bytes is one character.
  whole.setBody(asText ? "é".repeat(size / 2) + "z".repeat(size % 2) : new Uint8Array(size).fill(0x7a));
}
