/**
 * Waits in each way that there is; or loops, or begins code that loops on promises, which nobody awaits, and waits then. Where there are several
 * uses, `use` is what the headers' names end with that are meant for this one.
 */
import { definePolicy, Flow } from "sluice";
import { upstream } from "sluice/upstream";
import * as v from "valibot";

/** Moves the point at which the engine asks whether the code may go on. */
function burn(rounds: number): void {
  for (let round = 0; round < rounds; round++) {
    /* nothing */
  }
}

const again = (): void => {
  void Promise.resolve().then(again);
};
const next = (): void => {
  queueMicrotask(next);
};

/** What several exchanges wait for. */
let waking: { readonly woken: Promise<void>; readonly wake: () => void } | undefined;

function wakeUp(): NonNullable<typeof waking> {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  return { woken, wake };
}

export default definePolicy({
  config: v.object({ use: v.optional(v.string(), "") }),

  async onRequest(request, context) {
    const { clock, config } = context;
    const state = await request.intoHeadersState();
    const { headers } = state;
    if (headers.has(`x-later${config.use}`)) {
      await clock.sleep(50);
    }
    burn(Number(headers.get(`x-burn${config.use}`) ?? "0"));
    const loop = headers.get(`x-loop${config.use}`);
    switch (loop) {
      case "filter":
        for (;;) {
          // For ever.
        }
      case "async function":
        void (async () => {
          for (;;) {
            await Promise.resolve();
          }
        })();
        break;
      case "then":
        again();
        break;
      case "queueMicrotask":
        next();
        break;
      case "timers":
        void (async () => {
          for (let round = 0; ; round++) {
            clearTimeout(setTimeout(next, 1000 + (round % 7)));
            await Promise.resolve();
          }
        })();
        break;
      case "thenable":
        void (async () => {
          for (;;) {
            await {
              then: (resolve: () => void) => {
                resolve();
              },
            };
          }
        })();
        break;
      case "wake":
      case "shared": {
        const woken = waking;
        waking = undefined;
        woken?.wake();
        if (loop === "shared") {
          again();
        }
        break;
      }
      case "finally":
        void (async () => {
          for (;;) {
            try {
              await Promise.reject(new Error("again"));
            } catch {
              continue;
            } finally {
              await Promise.resolve();
            }
          }
        })();
        break;
      default:
    }
    switch (headers.get(`x-wait${config.use}`)) {
      case "sleep":
        await clock.sleep(50);
        break;
      case "call":
        await upstream(context, "auth").fetch("/");
        break;
      case "shared":
        waking ??= wakeUp();
        await waking.woken;
        break;
      case "body":
        await state.intoBodyState();
        break;
      case "stream": {
        const { stream } = await state.intoBodyStreamState();
        for await (const _ of stream) {
          await clock.sleep(10);
        }
        break;
      }
      default:
    }
    return Flow.Continue({ waited: true });
  },
  async onResponse(response, { requestData }) {
    const { headers } = await response.intoHeadersState();
    headers.set("x-waited", String(requestData.kind === "continue" && requestData.value.waited));
  },
});
