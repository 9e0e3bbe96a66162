import { definePolicy, type RequestBodyStreamState, type ResponseBodyStreamState } from "sluice";
import * as v from "valibot";

export default definePolicy({
  config: v.object({
    request: v.optional(v.picklist(["none", "read", "upper", "more", "first", "fail"]), "none"),
    response: v.optional(v.picklist(["none", "read", "upper", "more", "first"]), "none"),
  }),

  async onRequest(request, { config }) {
    if (config.request !== "none") {
      await pass(await request.intoBodyStreamState(), config.request);
    }
  },

  async onResponse(response, { config }) {
    if (config.response !== "none") {
      await pass(await response.intoBodyStreamState(), config.response);
    }
  },
});

type BodyStreamState = RequestBodyStreamState | ResponseBodyStreamState;

async function pass(body: BodyStreamState, mode: "read" | "upper" | "more" | "first" | "fail"): Promise<void> {
  if (mode === "upper") {
    await body.transform(async function* (chunks) {
      for await (const chunk of chunks) {
        yield upperCase(chunk);
      }
    });
    return;
  }
  if (mode === "more") {
    await body.transform(async function* (chunks) {
      yield* chunks;
      yield " and more";
    });
    return;
  }
  for await (const _chunk of body.stream) {
    if (mode === "first") {
      break;
    }
    if (mode === "fail") {
      throw new Error("no more of this");
    }
  }
}

function upperCase(chunk: Uint8Array): Uint8Array {
  return chunk.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
}
