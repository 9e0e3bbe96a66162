import { definePolicy } from "sluice";

/** What a policy finds in a context that it copies, walks through or makes JSON of. */
function found(context: object): string {
  const names: string[] = [];
  for (const name in context) {
    names.push(name);
  }
  const copy = { ...context };
  const own = [...new Set([...Reflect.ownKeys(context), ...Reflect.ownKeys(copy)])].map(String);
  return `[${names.sort().join(" ")}] [${own.sort().join(" ")}] ${JSON.stringify(copy)}`.replaceAll('"', "");
}

/** Tells what is found in each context. */
export default definePolicy({
  configure(context) {
    context.logger.info(`configure: ${found(context)}`);
    return found(context);
  },

  async onRequest(request, context) {
    const before = found(context);
    const { logger, signal } = context;
    const { headers } = await request.intoHeadersState();
    // Where it has been used, too, and behind a wait.
    await context.clock.sleep(1);
    headers.set("x-found", [before, found(context), String(signal.aborted)].join(" / "));
    headers.set("x-configure", context.resources);
    logger.info(`onRequest: ${found(context)}`);
  },

  async onResponse(response, context) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-found", `${found(context)} / ${context.requestData.kind}`);
  },

  onDone(_exchange, context) {
    context.logger.info(`onDone: ${found(context)}`);
  },
});
