import { definePolicy, Response } from "sluice";
import { locks } from "sluice/lock";
import { every } from "sluice/schedule";
import { concurrency } from "sluice/spike-control";
import { upstream } from "sluice/upstream";

/** Is never forgotten: a VM ends when nobody gets memory any more. */
const hoard: number[][] = [];
const never = new Promise<never>(() => undefined);

/**
 * Has a singleton job, a lock and one permit; ends its VM where it is told to while it has one of them: the job by the answer of `monitor`, the lock by the
 * header `x-trap: lock`, the permit by `x-trap: permit`.
 */
export default definePolicy({
  configure(context) {
    every(
      context,
      "200ms",
      async (signal, fence) => {
        const headers = { "x-fence": String(fence) };
        if ((await upstream(context, "monitor").fetch("/run", { headers, signal })).text() === "trap") {
          await endVm();
        }
      },
      { singleton: "process" },
    );
    return { locked: locks(context, "lock"), inside: concurrency(context, "inside", { limit: 1, maxQueue: 0 }) };
  },

  async onRequest(request, context) {
    const { locked, inside } = context.resources;
    const trap = request.headers.get("x-trap");
    if (request.pathname === "/lock") {
      const held = await locked.tryLock("one", { ttl: "1s" }, async (_lost, fence) => {
        if (trap !== null) {
          await endVm();
        }
        return fence;
      });
      return held === undefined ? new Response("held", { status: 409 }) : new Response(String(held));
    }
    if (request.pathname === "/permit") {
      const permit = await inside.acquire(context);
      if (!permit.admitted) {
        return permit.response();
      }
      if (trap !== null) {
        await endVm();
      }
    }
  },

  onDone(_exchange, context) {
    context.resources.inside.release(context);
  },
});

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
