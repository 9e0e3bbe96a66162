import { definePolicy, type RequestBodyStreamState, type ResponseBodyStreamState } from "sluice";
import * as v from "valibot";

const edits = v.optional(
  v.picklist([
    "none",
    "map",
    "drop-all",
    "double",
    "prefix",
    "first-byte",
    "replace",
    "keep-reading",
    "fail",
    "fail-late",
  ]),
  "none",
);
type Edit = v.InferOutput<typeof edits>;

/** Replaces bodies while they pass. */
export default definePolicy({
  config: v.object({ request: edits, response: edits }),

  async onRequest(request, { config, logger }) {
    if (config.request !== "none") {
      await edit(await request.intoBodyStreamState(), config.request, () => {
        logger.info("request read");
      });
    }
  },

  async onResponse(response, { config, logger }) {
    if (config.response !== "none") {
      await edit(await response.intoBodyStreamState(), config.response, () => {
        logger.info("response read");
      });
    }
  },
});

/** Calls `onRead` when a body that passes as it is has come to its end. */
async function edit(
  body: RequestBodyStreamState | ResponseBodyStreamState,
  how: Edit,
  onRead: () => void,
): Promise<void> {
  await body.transform(async function* (chunks) {
    if (how === "prefix") {
      yield "> ";
    }
    if (how === "replace") {
      yield "something else";
      return;
    }
    for await (const chunk of chunks) {
      if (how === "fail") {
        throw new Error("secret cause");
      }
      if (how === "first-byte") {
        yield chunk.subarray(0, 1);
        return;
      }
      if (how === "map") {
        yield chunk.map((byte) => byte + 1);
      }
      if (how === "double") {
        yield* [chunk, chunk];
      }
      if (how === "prefix" || how === "keep-reading") {
        yield chunk;
      }
    }
    if (how === "keep-reading") {
      onRead();
    }
    if (how === "fail-late") {
      throw new Error("secret cause");
    }
  });
}
