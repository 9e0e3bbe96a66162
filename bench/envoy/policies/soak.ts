/** Does to each exchange what its request's header `x-behaviour` says. What comes of it is in ../support/behaviours.mjs. */
import { definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";

export default definePolicy({
  async onRequest(request, context) {
    const head = await request.intoHeadersState();
    const behaviour = head.headers.get("x-behaviour") ?? "pass";
    switch (behaviour) {
      case "throw":
        throw new Error("the dice said so");
      case "recurse":
        recurse(0);
        break;
      case "reject":
        await Promise.reject(new Error("the dice said so"));
        break;
      case "loop":
        for (;;) {
          // For ever.
        }
      case "deny":
        return Flow.Break(new Response(403).withHeaders([["x-why", "dice"]]).withBody("denied"));
      case "body": {
        const body = await head.intoHeadersBodyState();
        body.setBody(body.text().toUpperCase());
        body.headers.set("x-gathered", "yes");
        break;
      }
      case "throw-after-body":
        await head.intoHeadersBodyState();
        throw new Error("the dice said so, later");
      case "loop-after-body":
        await head.intoHeadersBodyState();
        for (;;) {
          // For ever.
        }
      case "stream":
        await (await head.intoBodyStreamState()).transform(async function* (chunks) {
          for await (const chunk of chunks) {
            yield chunk;
          }
          yield "!";
        });
        break;
      case "call": {
        const answer = await upstream(context, "asked").fetch("/asked");
        head.headers.set("x-asked", answer.text());
        break;
      }
      case "call-fails":
        try {
          await upstream(context, "asked").fetch("/breaks");
        } catch {
          return new Response(503).withBody("nobody answers");
        }
        break;
      default:
    }
    return Flow.Continue({ behaviour });
  },

  async onResponse(response, { requestData }) {
    if (requestData.kind !== "continue") {
      return;
    }
    switch (requestData.value.behaviour) {
      case "throw-in-response":
        await response.intoHeadersState();
        throw new Error("the dice said so");
      case "replace":
        (await response.intoHeadersState()).sendResponse(new Response(299).withBody("replaced"));
        break;
      case "response-body": {
        const body = await response.intoHeadersBodyState();
        body.setBody(body.text().toUpperCase());
        break;
      }
      case "response-stream":
        for await (const _chunk of (await response.intoBodyStreamState()).stream) {
          /* it passes unchanged */
        }
        break;
      default:
    }
  },
});

function recurse(depth: number): number {
  return recurse(depth + 1) + 1;
}
