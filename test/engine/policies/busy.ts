/** Waits in each way that there is; or begins code that loops on promises, which nobody awaits, and waits then. */
import { definePolicy, Flow, Response } from "sluice";

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

export default definePolicy({
  async onRequest(request, { clock, client }) {
    const state = await request.intoHeadersState();
    const { headers } = state;
    burn(Number(headers.get("x-burn") ?? "0"));
    switch (headers.get("x-loop")) {
      case "async function":
        void (async () => {
          for (;;) {
            await null;
          }
        })();
        break;
      case "then":
        again();
        break;
      case "queueMicrotask":
        next();
        break;
      case "kit":
        void (async () => {
          for (;;) {
            await state.intoHeadersState();
          }
        })();
        break;
      case "late":
        setTimeout(again, 1);
        break;
      case "finally":
        void (async () => {
          for (;;) {
            try {
              await Promise.reject(new Error("again"));
            } catch {
              continue;
            } finally {
              await null;
            }
          }
        })();
        break;
      default:
    }
    switch (headers.get("x-wait")) {
      case "sleep":
        await clock.sleep(50);
        break;
      case "call":
        await client.upstream("auth").get("/");
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
    return headers.has("x-answer") ? new Response(418) : Flow.Continue({ waited: true });
  },
  onResponse(response, { requestData }) {
    response.headers.set("x-waited", String(requestData.kind === "continue" && requestData.value.waited));
  },
});
