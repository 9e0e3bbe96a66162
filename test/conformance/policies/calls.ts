import { definePolicy, type InstanceContext, Response, SluiceError } from "sluice";
import { UpstreamError, upstream } from "sluice/upstream";
import * as v from "valibot";

const call = v.object({
  to: v.optional(v.string(), "/"),
  method: v.optional(v.string(), "GET"),
  body: v.optional(v.string()),
  timeout: v.optional(v.number()),
  type: v.optional(v.string()),
  abort: v.optional(v.picklist(["before", "after", "timeout"])),
});

const calls = v.optional(v.array(call), []);

/** Makes calls, all at once or one after the other, and tells what came of them in a header. */
export default definePolicy({
  config: v.object({
    svc: v.string(),
    request: calls,
    response: calls,
    parallel: v.optional(v.boolean(), false),
    lines: v.optional(v.string()),
    json: v.optional(v.picklist(["caught", "uncaught"])),
    then: v.optional(v.picklist(["pass", "hold", "stream", "break", "send"]), "pass"),
  }),

  async onRequest(request, context) {
    const { config } = context;
    if (config.request.length === 0) {
      return;
    }
    request.headers.set("x-calls", await callAll(context, config, config.request));
    if (config.then === "hold") {
      const whole = await request.intoHeadersBodyState();
      whole.setBody(`called:${whole.text()}`);
    }
    if (config.then === "stream") {
      await (await request.intoBodyStreamState()).transform(upper);
    }
    if (config.then === "break") {
      return new Response(430).withBody(request.headers.get("x-calls") ?? "");
    }
  },

  async onResponse(response, context) {
    const { config } = context;
    if (config.response.length === 0) {
      return;
    }
    const results = await callAll(context, config, config.response);
    response.headers.set("x-calls", results);
    if (config.then === "hold") {
      const whole = await response.intoHeadersBodyState();
      whole.setBody(`called:${whole.text()}`);
    }
    if (config.then === "stream") {
      await (await response.intoBodyStreamState()).transform(upper);
    }
    if (config.then === "send") {
      response.sendResponse(new Response(431).withBody(results));
    }
  },
});

interface Calling {
  svc: string;
  parallel: boolean;
  /** A header of which every line is told. */
  lines?: string | undefined;
  /** The answers' bodies are told as JSON, and whether they are none is an error of the filter. */
  json?: "caught" | "uncaught" | undefined;
}

async function callAll(
  context: InstanceContext,
  { svc, parallel, lines, json }: Calling,
  list: v.InferOutput<typeof calls>,
): Promise<string> {
  const results: string[] = [];
  const one = async ({ to, method, body, timeout, type, abort }: v.InferOutput<typeof call>) => {
    try {
      const response = await upstream(context, svc).fetch(to, {
        method,
        ...(body === undefined ? {} : { body }),
        ...(timeout === undefined ? {} : { timeout }),
        ...(type === undefined ? {} : { headers: { "content-type": type } }),
        ...(abort === undefined ? {} : { signal: signalFor(abort) }),
      });
      if (lines !== undefined) {
        return response.headers.getAll(lines).join(" and ");
      }
      if (json !== undefined) {
        return JSON.stringify(response.json());
      }
      const size = response.bytes().length;
      return `${response.status} ${response.headers.get("x-svc")} ${size > 100 ? `${size} bytes` : response.text()}`;
    } catch (error) {
      if (json === "uncaught" && !(error instanceof UpstreamError)) {
        throw error;
      }
      if (error instanceof DOMException) {
        return error.name;
      }
      return error instanceof SluiceError ? error.code : String(error);
    }
  };
  if (parallel) {
    return (await Promise.all(list.map(one))).join(", ");
  }
  for (const each of list) {
    results.push(await one(each));
  }
  return results.join(", ");
}

function signalFor(abort: "before" | "after" | "timeout"): AbortSignal {
  if (abort === "before") {
    return AbortSignal.abort("not wanted");
  }
  if (abort === "timeout") {
    return AbortSignal.timeout(50);
  }
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort();
  }, 50);
  return controller.signal;
}

async function* upper(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk.map((byte) => (byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte));
  }
}
