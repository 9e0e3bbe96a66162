import { definePolicy, type RequestContext, type RequestState } from "sluice";
import * as v from "valibot";

/** Each is wrong in a way of its own; types would refuse some. */
const filters = {
  "uses a state twice": async (request) => {
    const head = await request.intoHeadersState();
    await gathered(head);
    await head.intoBodyStreamState();
  },
  "changes what has gone": async (request) => {
    const { headers } = await request.intoHeadersState();
    await gathered(request);
    headers.set("x-late", "1");
  },
  "reads a stream twice": async (request) => {
    const { stream } = await request.intoBodyStreamState();
    for await (const _chunk of stream) {
      // Read to its end.
    }
    for await (const _chunk of stream) {
      // Read to its end.
    }
  },
  "sets what is no byte string": async (request) => {
    (await request.intoHeadersState()).headers.set("x-price", "5 €");
  },
  "returns text": async () => "a secret",
  "does not await what it begins": async (request, { clock }) => {
    const { headers } = await request.intoHeadersState();
    const later = async (): Promise<void> => {
      await clock.sleep(10);
      headers.set("x-late", "1");
    };
    void later();
  },
  "awaits what never comes": async (request) => {
    await request.intoHeadersState();
    await new Promise(() => undefined);
  },
  "asks again for ever": async (request, { clock }) => {
    await request.intoHeadersState();
    for (;;) {
      await clock.sleep(1_000);
    }
  },
  loops: async () => {
    for (;;) {
      // For ever.
    }
  },
  "loops in promise jobs": async () => {
    for (;;) {
      await Promise.resolve();
    }
  },
} satisfies Readonly<
  Record<string, (request: RequestState, context: RequestContext<unknown, unknown>) => Promise<unknown>>
>;

export type Misdeed = keyof typeof filters;

export default definePolicy({
  config: v.object({ does: v.picklist(Object.keys(filters) as Misdeed[]) }),
  onRequest: (request, context) => filters[context.config.does](request, context) as Promise<undefined>,
});

/** Whether a function moves a message on is not looked for when a policy is bundled. */
function gathered(request: RequestState): Promise<unknown> {
  return request.intoBodyState();
}
