import { definePolicy, type Logger, type PolicyClock, type RequestState, type ResponseState } from "sluice";
import * as v from "valibot";

const states = v.optional(
  v.picklist([
    "none",
    "headers",
    "body",
    "headers-body",
    "edit",
    "stream",
    "transform",
    "transform-in-helper",
    "add",
    "late",
    "late-edit",
    "late-transform",
    "late-cut",
  ]),
  "none",
);

/** Logs what trailers a message ends in, in every state that can tell. */
export default definePolicy({
  config: v.object({ request: states, response: states }),

  async onRequest(request, { clock, config, logger }) {
    if (config.request === "transform") {
      await (await request.intoBodyStreamState()).transform(upper);
    } else if (config.request === "add") {
      await (await request.intoBodyStreamState()).transform(withMore);
    } else {
      await read(request, config.request, "request", clock, logger);
    }
  },

  async onResponse(response, { clock, config, logger }) {
    if (config.response === "transform") {
      await (await response.intoBodyStreamState()).transform(upper);
    } else if (config.response === "add") {
      await (await response.intoBodyStreamState()).transform(withMore);
    } else {
      await read(response, config.response, "response", clock, logger);
    }
  },
});

async function read(
  head: RequestState | ResponseState,
  state: v.InferOutput<typeof states>,
  phase: string,
  clock: PolicyClock,
  logger: Logger,
): Promise<void> {
  if (state.startsWith("late")) {
    await clock.sleep(100);
  }
  const note = (trailers: { get(name: string): string | null } | undefined, text: string) => {
    logger.info(`${phase}: ${text} then ${trailers?.get("x-end")}`);
  };
  if (state === "body") {
    const whole = await head.intoBodyState();
    note(whole.trailers, whole.text());
  }
  if (state === "headers-body" || state === "edit" || state === "late-edit") {
    const whole = await head.intoHeadersBodyState();
    note(whole.trailers, whole.text());
    if (state !== "headers-body") {
      whole.setBody("edited");
    }
  }
  if (state === "stream") {
    let size = 0;
    for await (const chunk of (await head.intoBodyStreamState()).stream) {
      size += chunk.length;
    }
    logger.info(`${phase}: ${size} bytes`);
  }
  if (state === "late-cut") {
    await (await head.intoBodyStreamState()).transform(onlyFirst);
    logger.info(`${phase}: cut`);
  }
  if (state === "transform-in-helper" || state === "late-transform") {
    await (await head.intoBodyStreamState()).transform(upper);
  }
}

async function* upper(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.map((byte) => byte - 0x20);
  }
}

async function* withMore(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array | string> {
  yield* chunks;
  yield "more";
}

async function* onlyFirst(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const _chunk of chunks) {
    yield "cut";
    return;
  }
}
