import { definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

const deeds = ["throw", "answer", "gather", "stream", "ask", "mix"] as const;

/** Does what its configuration says, in one of the ways that there are for it: which one, the request's path decides. */
export default definePolicy({
  config: v.object({ does: v.picklist(deeds) }),

  async onRequest(request, context) {
    const { config, clock } = context;
    const way = sumOf(request.path);
    const does = config.does === "mix" ? (deeds[way % 4] ?? "gather") : config.does;
    switch (does) {
      case "throw":
        if (way % 3 === 0) {
          throw new Error("on purpose");
        }
        if (way % 3 === 1) {
          await clock.sleep(1);
          throw new Error("on purpose, later");
        }
        break;
      case "answer":
        if (way % 3 === 0) {
          return new Response(203).withBody("answered");
        }
        if (way % 3 === 1) {
          await request.intoBodyState();
          return new Response(way % 2 === 0 ? 204 : 418);
        }
        break;
      case "gather": {
        const message = await request.intoHeadersBodyState();
        if (message.bytes().length > 0) {
          message.setBody(message.bytes());
        }
        break;
      }
      case "stream": {
        const body = await request.intoBodyStreamState();
        await body.transform(cutInTwo);
        break;
      }
      case "ask":
      case "mix": {
        const answer = await upstream(context, "oracle").fetch(`/asked/${way}`);
        request.headers.set("x-asked", String(answer.status));
        break;
      }
    }
    return Flow.Continue({ way, does });
  },

  async onResponse(response, { requestData }) {
    if (requestData.kind !== "continue") {
      return;
    }
    const { way, does } = requestData.value;
    if (does === "throw" && way % 2 === 0) {
      throw new Error("on purpose, on the response");
    }
    if (does === "gather") {
      const message = await response.intoHeadersBodyState();
      if (message.bytes().length > 0) {
        message.setBody(message.bytes());
      }
    } else if (does === "stream") {
      const body = await response.intoBodyStreamState();
      await body.transform(cutInTwo);
    } else if (does === "answer" && way % 5 === 0) {
      response.sendResponse(new Response(207).withBody("instead"));
    }
  },
});

async function* cutInTwo(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.subarray(0, chunk.length >> 1);
    yield chunk.subarray(chunk.length >> 1);
  }
}

function sumOf(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) {
    sum = (sum * 31 + text.charCodeAt(index)) % 1_000_003;
  }
  return sum;
}
