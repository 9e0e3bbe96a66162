/**
 * Uses what workers share, and ends its VM where a client asks for it, or the monitor. The monitor learns what came of it; see
 * ../../chaos-state.mjs.
 */
import { definePolicy, Flow, Response, SluiceError } from "sluice";
import { locks } from "sluice/lock";
import { rateLimit } from "sluice/rate-limit";
import { every } from "sluice/schedule";
import { storage } from "sluice/storage";
import { upstream } from "sluice/upstream";

const release = "0";
const windowMilliseconds = 2_000;
const limit = 20;

/** Is never forgotten: what ends a VM is memory that nobody gets any more. */
const hoard: number[][] = [];
const never = new Promise<never>(() => undefined);

export default definePolicy({
  configure(context) {
    every(
      context,
      "200ms",
      async (signal, fence) => {
        const init = { headers: { "x-fence": String(fence), "x-release": release }, signal };
        const reply = await upstream(context, "api").fetch("/run", init);
        if (reply.text() === "trap") {
          await endVm();
        }
      },
      { singleton: "process", immediately: true },
    );
    return {
      locked: locks(context, "effects"),
      effects: storage<number>(context, "effects"),
      limiter: rateLimit(context, "requests", { tiers: [{ limit, period: windowMilliseconds, aligned: true }] }),
    };
  },

  async onRequest(request, context) {
    const { locked, effects, limiter } = context.resources;
    const { headers, pathname } = request;
    headers.set("x-release", release);
    if (pathname === "/trap") {
      await endVm();
    }
    if (pathname === "/effect") {
      const monitor = upstream(context, "api");
      let working: Promise<void> | undefined;
      const work = async (fence: number): Promise<void> => {
        // Without looking at the signal: some have lost the lock when they go on.
        await context.clock.sleep(Number(headers.get("x-hold")));
        const version = await effects.set("last", fence, { ifFence: fence });
        const told = { "x-fence": String(fence), "x-version": String(version ?? ""), "x-release": release };
        await monitor.fetch("/effect", { headers: told });
      };
      try {
        await locked.withLock("the one", { wait: "3s", ttl: "400ms", autoRefresh: false }, (_lost, fence) => {
          working = work(fence);
          return working;
        });
        return new Response("done");
      } catch (error) {
        await working;
        return new Response(error instanceof SluiceError ? error.code : String(error), { status: 409 });
      }
    }
    const before = windowNow();
    const result = await limiter.take(headers.get("x-key") ?? "");
    // Where the window has changed meanwhile nobody can say in which of them it was.
    const window = before === windowNow() ? String(before) : "";
    return result.allowed ? Flow.Continue(window) : result.refuse();
  },

  onResponse(response, { requestData }) {
    response.headers.set("x-release", release);
    if (requestData.kind === "continue") {
      response.headers.set("x-window", requestData.value);
    }
  },
});

const windowNow = (): number => Math.floor(Date.now() / windowMilliseconds);

/** Never settles, so what is held stays held: the VM ends after this event, since nobody gets memory any more. */
async function endVm(): Promise<void> {
  try {
    for (;;) {
      hoard.push(new Array<number>(1_000).fill(0));
    }
  } catch {
    // Room for what follows in this event.
    hoard.pop();
    await never;
  }
}
