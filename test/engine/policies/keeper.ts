/**
 * Does with the objects of its exchange what the names of a request's headers say, and answers one with `x-look` with what it finds
 * of earlier exchanges in its own. `has` alone leaves nothing behind.
 */
import { definePolicy, Flow, Response } from "sluice";

const kept: object[] = [];
const keptHeaders: { has(name: string): boolean }[] = [];
const known = new WeakSet<object>();
const weak: WeakRef<object>[] = [];

export default definePolicy({
  async onRequest(request, context) {
    const head = await request.intoHeadersState();
    const { headers } = head;
    const { logger, properties } = context;
    const objects = [request, context, head, headers, logger, properties];
    if (headers.has("x-look")) {
      return Flow.Break(Response.json(look(objects)));
    }
    if (headers.has("x-deny")) {
      return Flow.Break(new Response(403).withBody("denied"));
    }
    if (headers.has("x-gather-and-deny")) {
      void head.intoBodyState();
      return Flow.Break(new Response(403).withBody("denied"));
    }
    if (headers.has("x-answer")) {
      return new Response(200).withBody("answered");
    }
    if (headers.has("x-throw")) {
      throw new Error("on purpose");
    }
    if (headers.has("x-edit")) {
      headers.set("x-edited", "yes");
    }
    if (headers.has("x-log")) {
      logger.info("logged");
    }
    if (headers.has("x-read")) {
      headers.get("x-read");
    }
    if (headers.has("x-property")) {
      properties.get(["source", "address"]);
    }
    if (headers.has("x-keep-request")) {
      kept.push(request);
    }
    if (headers.has("x-keep-context")) {
      kept.push(context);
    }
    if (headers.has("x-keep-head")) {
      kept.push(head);
    }
    if (headers.has("x-keep-logger")) {
      kept.push(logger);
    }
    if (headers.has("x-keep-properties")) {
      kept.push(properties);
    }
    if (headers.has("x-keep-signal")) {
      kept.push(context.signal);
    }
    if (headers.has("x-keep-headers")) {
      keptHeaders.push(headers);
    }
    if (headers.has("x-keep-closure")) {
      keptHeaders.push({ has: (name) => head.headers.has(name) });
    }
    if (headers.has("x-mark")) {
      for (const object of objects) {
        Object.assign(object, { mine: true });
      }
    }
    if (headers.has("x-overwrite")) {
      Object.assign(context, { id: -1 });
    }
    if (headers.has("x-unwire")) {
      Object.assign(head, { shownHeaders: undefined });
    }
    if (headers.has("x-seal")) {
      for (const object of objects) {
        Object.preventExtensions(object);
      }
    }
    if (headers.has("x-freeze")) {
      for (const object of objects) {
        Object.freeze(object);
      }
    }
    if (headers.has("x-prototype")) {
      Object.setPrototypeOf(request, {
        intoHeadersState: () => {
          throw new Error("of another exchange");
        },
      });
    }
    if (headers.has("x-know")) {
      for (const object of objects) {
        known.add(object);
      }
    }
    if (headers.has("x-refer")) {
      weak.push(...objects.map((object) => new WeakRef(object)));
    }
    if (headers.has("x-timer")) {
      setTimeout(() => {
        keptHeaders.push(headers);
      }, 1_000);
    }
    if (headers.has("x-read-later")) {
      headers.get("x-read-later");
      void Promise.resolve().then(() => {
        console.log(`read ${headers.get("x-read-later") ?? "nothing"}`);
      });
    }
    if (headers.has("x-later")) {
      void Promise.resolve().then(() => {
        keptHeaders.push(headers);
      });
    }
    if (headers.has("x-late-log")) {
      void Promise.resolve().then(() => {
        console.log("late");
      });
    }
    if (headers.has("x-nothing")) {
      return;
    }
    if (headers.has("x-shadow")) {
      Object.assign(headers, { has: () => true });
    }
    return Flow.Continue();
  },
});

function look(objects: readonly object[]): object {
  return {
    kept: objects.some((object) => kept.includes(object) || (keptHeaders as object[]).includes(object)),
    known: objects.some((object) => known.has(object)),
    referred: objects.some((object) => weak.some((reference) => reference.deref() === object)),
    marked: objects.some((object) => "mine" in object),
    sealed: objects.some((object) => !Object.isExtensible(object)),
    seenByOthers: keptHeaders.filter((headers) => reads(headers)).length,
  };
}

/** Whether headers that an earlier exchange kept are those of this one. */
function reads(headers: { has(name: string): boolean }): boolean {
  try {
    return headers.has("x-look");
  } catch {
    return false;
  }
}
