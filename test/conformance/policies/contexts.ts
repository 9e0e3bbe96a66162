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
    // Where it has been used, too, and behind a wait.
    await context.clock.sleep(1);
    request.headers.set("x-found", [before, found(context), String(context.signal.aborted)].join(" / "));
    request.headers.set("x-configure", context.resources);
    context.logger.info(`onRequest: ${found(context)}`);
  },

  onResponse(response, context) {
    response.headers.set("x-found", `${found(context)} / ${context.requestData.kind}`);
  },

  onDone(_exchange, context) {
    context.logger.info(`onDone: ${found(context)}`);
  },
});
