import { type DoneContext, definePolicy, Flow, type RequestState, Response } from "sluice";
import * as v from "valibot";

const acts = ["edit", "answer", "gather", "throw", "wait", "stream"] as const;

/** Acts on the request as it is configured, and tells in the response and the log what is shown of the request later. */
export default definePolicy({
  config: v.object({ name: v.optional(v.string(), "self"), acts: v.optional(v.array(v.picklist(acts)), []) }),

  async onRequest(request, { config, clock }) {
    for (const act of config.acts) {
      switch (act) {
        case "edit":
          edit(request, config.name);
          break;
        case "answer":
          return new Response("answered", { status: 418 });
        case "throw":
          throw new Error("thrown");
        case "wait":
          await clock.sleep(60_000);
          break;
        case "gather":
          await request.intoBodyState();
          break;
        default: {
          for await (const _chunk of (await request.intoBodyStreamState()).stream) {
            // It goes on as it came.
          }
        }
      }
    }
    return Flow.Continue(null);
  },

  onResponse(response, { config, request }) {
    response.headers.set(`x-${config.name}-sent`, shown(request));
  },

  onDone(_exchange, { config, logger, request }) {
    logger.info(
      `${config.name} done: ${shown(request)} ${[...request.headers.keys()].filter((name) => /^x-(?:in|op)/.test(name)).join()}`,
    );
  },
});

function edit(request: RequestState, name: string): void {
  request.method = "PUT";
  request.pathname = `/${name}`;
  request.authority = "edited.example";
  request.headers.append("x-op", name);
  request.headers.delete("x-in");
}

function shown({
  method,
  scheme,
  authority,
  path,
  pathname,
  search,
  headers,
}: DoneContext<unknown, unknown>["request"]): string {
  const host = authority.endsWith(".example") ? authority : "as it came";
  return `${method} ${scheme} ${path === pathname + search} ${pathname} ${search} ${host} in=${headers.get("x-in")} op=${headers.get("x-op")}`;
}
