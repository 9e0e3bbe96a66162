import { definePolicy } from "sluice";

type Asked = Readonly<
  Record<"fetch" | "client" | "metrics" | "log" | "env" | "authentication" | "violations" | "request", unknown>
>;

/** Each member by its name in the code. */
const members: readonly ((context: Asked) => unknown)[] = [
  (context) => context.fetch,
  (context) => context.client,
  (context) => context.metrics,
  (context) => context.log,
  (context) => context.env,
  (context) => context.authentication,
  (context) => context.violations,
];

/** What is said to who looks for members in a context, each with its code. */
function answers(context: object, asked = members): string[] {
  return asked.map((member) => {
    try {
      return `found: ${String(member(context as Asked))}`;
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      return `${code ?? "no code"}: ${message}`;
    }
  });
}

/** Asks each context for what is elsewhere, and tells what it is told. */
export default definePolicy({
  configure(context) {
    return answers(context, [...members, (asked) => asked.request]);
  },

  onRequest(_request, context) {
    for (const answer of [...context.resources, ...answers(context)]) {
      context.logger.info(answer);
    }
  },

  onResponse(response, context) {
    response.headers.set(
      "x-refused",
      String(answers(context).filter((text) => text.startsWith("WRONG_MEMBER: A filter's context has no ")).length),
    );
  },

  onDone(_exchange, context) {
    context.logger.info(`done: ${answers(context).join()}`);
  },
});
