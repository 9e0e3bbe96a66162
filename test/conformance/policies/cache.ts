import { definePolicy, Response, type SluiceError } from "sluice";
import { type Cache, type Cacheable, cache, type KeepOptions, keptResponse, type LoadOptions } from "sluice/cache";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

interface Call {
  call: "get" | "set" | "delete" | "purge" | "load" | "answer";
  key: string;
  value?: Cacheable;
  options?: KeepOptions & LoadOptions<Cacheable>;
}

/** Calls the cache as the request's header `x-call` says, JSON, and answers with what came of it; without that header the request goes on. */
export default definePolicy({
  config: v.object({ svc: v.optional(v.string(), "svc"), options: v.optional(v.record(v.string(), v.unknown()), {}) }),

  configure: (context): Cache<Cacheable> => cache<Cacheable>(context, "things", context.config.options as object),

  async onRequest(request, { config, resources, logger }) {
    const header = request.headers.get("x-call");
    if (header === null) {
      return;
    }
    const { call, key, value, options } = JSON.parse(header) as Call;
    try {
      switch (call) {
        case "get":
          return told(resources.get(key));
        case "set":
          return told(resources.set(key, value as Cacheable, options));
        case "delete":
          return told(resources.delete(key));
        case "purge":
          resources.purge();
          return told(true);
        case "load": {
          const loading = resources.getOrLoad(
            key,
            async (load) => {
              const reply = await upstream(load, config.svc).fetch(`/${key}`, { signal: load.signal });
              if (reply.status === 500) {
                throw new Error("the service is broken");
              }
              return reply.status === 404 ? null : reply.text();
            },
            options,
          );
          logger.info("asked for it");
          return told(await loading);
        }
        case "answer": {
          const answer = await resources.getOrLoad(key, async (load) =>
            keptResponse(await upstream(load, config.svc).fetch(`/${key}`)),
          );
          return answer as Response;
        }
      }
    } catch (error) {
      return new Response((error as SluiceError).code ?? String(error), { status: 409 });
    }
  },

  /** What is answered with is the policy's own to change, once it is a response. */
  async onResponse(response, { request }) {
    if (request.headers.has("x-spoil")) {
      const message = await response.intoHeadersBodyState();
      message.setBody(message.bytes().fill(0x21));
    }
  },
});

function told(value: unknown): Response {
  return value === undefined ? new Response("nothing", { status: 404 }) : new Response(JSON.stringify(value));
}
