import { definePolicy, Response, SluiceError } from "sluice";
import { type Storage, storage } from "sluice/storage";
import * as v from "valibot";

type Call = [method: string, ...args: unknown[]];

/** Calls the storage as the request's header `x-call` says, a list in JSON, and answers with what came of it. */
export default definePolicy({
  config: v.object({
    name: v.optional(v.string(), "things"),
    options: v.optional(v.record(v.string(), v.union([v.number(), v.string()])), {}),
  }),

  configure: (context): Storage<unknown> =>
    storage<unknown>(context, context.config.name, context.config.options as object),

  async onRequest(request, { resources }) {
    const header = request.headers.get("x-call");
    if (header === undefined || header === null) {
      return;
    }
    const [method, ...args] = JSON.parse(header) as Call;
    const call = async (): Promise<unknown> => {
      switch (method) {
        case "append":
          return resources.update(args[0] as string, (list) => [...((list ?? []) as unknown[]), args[1]]);
        default:
          return (resources as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[method]?.(...args);
      }
    };
    try {
      return new Response(JSON.stringify((await call()) ?? "nothing"), {
        headers: { "content-type": "application/json" },
      });
    } catch (error) {
      return new Response(error instanceof SluiceError ? error.code : String(error), { status: 409 });
    }
  },
});
