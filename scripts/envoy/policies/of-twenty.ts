/**
 * One of twenty that share a module, all of them copies of this file. Where a request asks for a deed of its position
 * (`x-deed: <position> <deed>`), it does that; in any case it adds itself to what has passed.
 */
import { definePolicy, Flow, Response } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

export default definePolicy({
  config: v.object({ position: v.number() }),

  async onRequest(request, context) {
    const { config, clock } = context;
    const [position, deed = ""] = (request.headers.get("x-deed") ?? "").split(" ");
    const id = request.headers.get("x-id");
    request.headers.append("x-passed", String(config.position));
    if (Number(position) !== config.position) {
      return Flow.Continue({ id, deed: "none" });
    }
    switch (deed) {
      case "throw":
        throw new Error("on purpose");
      case "throw-later":
        await clock.sleep(2);
        throw new Error("on purpose");
      case "recurse":
        recurse(0);
        break;
      case "loop":
        loop();
        break;
      case "loop-later":
        await clock.sleep(2);
        loop();
        break;
      case "loop-in-job":
        await Promise.resolve();
        loop();
        break;
      case "allocate":
        allocate();
        break;
      case "deny":
        return new Response("denied", { status: 403 });
      case "sleep":
        await clock.sleep(10);
        break;
      case "hold-memory": {
        const held = new Uint8Array(256 * 1024).fill(1);
        await clock.sleep(10);
        request.headers.set("x-held", String(held.at(-1)));
        break;
      }
      case "gather": {
        const body = await request.intoHeadersBodyState();
        body.setBody(body.text().toUpperCase());
        break;
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
      default:
    }
    return Flow.Continue({ id, deed });
  },

  async onResponse(response, { config, clock, request, requestData }) {
    // Where the upstream answers while the request is still read as a stream, its filter has handed nothing on yet.
    const known = requestData.kind === "continue" ? requestData.value.id : request.headers.get("x-id");
    response.headers.append("x-ids", `${config.position}:${known}`);
    switch (requestData.kind === "continue" ? requestData.value.deed : "none") {
      case "throw-in-response":
        throw new Error("on purpose");
      case "loop-in-response":
        await clock.sleep(2);
        loop();
        break;
      case "response-gather": {
        const body = await response.intoHeadersBodyState();
        body.setBody(body.text().toUpperCase());
        break;
      }
      case "response-stream":
        await (await response.intoBodyStreamState()).transform(async function* (chunks) {
          for await (const chunk of chunks) {
            yield chunk;
          }
          yield "?";
        });
        break;
      default:
    }
  },
});

function loop(): never {
  for (;;) {
    // For ever.
  }
}

function recurse(depth: number): number {
  return recurse(depth + 1) + 1;
}

function allocate(): never {
  const all: Uint8Array[] = [];
  for (;;) {
    all.push(new Uint8Array(1 << 20));
  }
}
