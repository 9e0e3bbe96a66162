/** Does to each exchange what its request's header `x-behaviour` says. What comes of it is in ../support/behaviours.mjs. */
import { definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";

export default definePolicy({
  async onRequest(request, context) {
    const behaviour = request.headers.get("x-behaviour") ?? "pass";
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
        return new Response("denied", { status: 403, headers: { "x-why": "dice" } });
      case "body": {
        const body = await request.intoHeadersBodyState();
        body.setBody(body.text().toUpperCase());
        body.headers.set("x-gathered", "yes");
        break;
      }
      case "throw-after-body":
        await request.intoHeadersBodyState();
        throw new Error("the dice said so, later");
      case "loop-after-body":
        await request.intoHeadersBodyState();
        for (;;) {
          // For ever.
        }
      case "stream":
        await (await request.intoBodyStreamState()).transform(async function* (chunks) {
          for await (const chunk of chunks) {
            yield chunk;
          }
          yield "!";
        });
        break;
      case "call": {
        const answer = await upstream(context, "asked").fetch("/asked");
        request.headers.set("x-asked", answer.text());
        break;
      }
      case "call-fails":
        try {
          await upstream(context, "asked").fetch("/breaks");
        } catch {
          return new Response("nobody answers", { status: 503 });
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
        throw new Error("the dice said so");
      case "replace":
        response.sendResponse(new Response("replaced", { status: 299 }));
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
