import { definePolicy } from "sluice";

const members = ["fetch", "client", "metrics", "log", "env", "authentication", "violations"];

/** What is said to who looks for a member in a context, each with its code. */
function answers(context: object, names: readonly string[]): string[] {
  return names.map((name) => {
    try {
      return `${name}: ${String((context as Readonly<Record<string, unknown>>)[name])}`;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      return `${code ?? "no code"}: ${message}`;
    }
  });
}

/** Asks each context for what is elsewhere, and tells what it is told. */
export default definePolicy({
  configure(context) {
    return answers(context, [...members, "request"]);
  },

  onRequest(_request, context) {
    for (const answer of [...context.resources, ...answers(context, members)]) {
      context.logger.info(answer);
    }
  },

  onResponse(response, context) {
    response.headers.set(
      "x-refused",
      String(
        answers(context, members).filter((text) => text.startsWith("WRONG_MEMBER: A filter's context has no ")).length,
      ),
    );
  },

  onDone(_exchange, context) {
    context.logger.info(`done: ${answers(context, ["fetch"]).join()}`);
  },
});
